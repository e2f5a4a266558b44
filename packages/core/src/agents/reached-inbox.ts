import type { GuardedAction } from "../guard/off-http.ts";
import type { ApprovalInbox } from "../inbox/approval-inbox.ts";
import { callInboxOf, type InboxCaller } from "../inbox/inbox-caller.ts";
import { Refusal } from "../reply/refusal.ts";
import { type AgentAnswer, refuseAgent } from "./agent-answer.ts";

/** The verbs of an inbox that an agent's action calls. Each rejects with a `Refusal` where the inbox fails. */
export interface ReachedInbox extends Pick<ApprovalInbox, "returnUrl"> {
  keep(...given: Parameters<ApprovalInbox["keep"]>): Promise<Awaited<ReturnType<ApprovalInbox["keep"]>>>;
  find(...given: Parameters<ApprovalInbox["find"]>): Promise<Awaited<ReturnType<ApprovalInbox["find"]>>>;
  refuse(idempotencyKey: string): Promise<void>;
  readonly whenAnswered: ((idempotencyKey: string, signal: AbortSignal) => Promise<void>) | undefined;
  /** Notes the end of a request. That it cannot be noted changes nothing about what has ended, and is found out later. */
  noteEnd(how: "settle" | "refuse", idempotencyKey: string): Promise<void>;
}

/** Has an inbox be called as the guard of an action calls one. */
export function reachInbox(action: GuardedAction, inbox: ApprovalInbox): ReachedInbox {
  // A guard that wraps ours hands on no more than its interface says.
  const call: InboxCaller[typeof callInboxOf] =
    (action as Partial<InboxCaller>)[callInboxOf] ?? (async (verb): Promise<any> => verb());
  return {
    returnUrl: inbox.returnUrl,
    keep: (request) => call(() => inbox.keep(request)),
    find: (query) => call(() => inbox.find(query)),
    refuse: (idempotencyKey) => call(() => inbox.refuse(idempotencyKey)),
    whenAnswered:
      inbox.whenAnswered &&
      (async (idempotencyKey, signal) => {
        // As long as it takes a person: no deadline but the signal's.
        const failure = await Promise.resolve(inbox.whenAnswered!(idempotencyKey, signal)).then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        if (failure) await call(() => Promise.reject(failure.error));
      }),
    async noteEnd(how, idempotencyKey) {
      await call(() => inbox[how](idempotencyKey)).catch(asAnswer);
    },
  };
}

/** The answer to an agent whose inbox has failed. @throws whatever else it is given */
export function asAnswer(error: unknown): AgentAnswer {
  if (!(error instanceof Refusal)) throw error;
  const { retryAfterSeconds } = error.options;
  return refuseAgent(error.code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}
