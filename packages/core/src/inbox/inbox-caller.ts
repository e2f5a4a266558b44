import type { Awaitable } from "../lib/awaitable.ts";

/** Names what calls an inbox for an action off HTTP, of which interfaces of actions say nothing. */
export const callInboxOf: unique symbol = Symbol("callInbox");

/** Calls an inbox as that of a route is called: within the deadline of a decision, and a failure is an event of the guard. */
export interface InboxCaller {
  /** @throws Refusal `decision_unavailable` */
  [callInboxOf]<Answer>(call: () => Awaitable<Answer>): Promise<Answer>;
}
