import { type Clock, systemClock } from "@require-action/core";
import type { CodeMessage, Delivery } from "@require-action/engine";

const DEFAULT_LIMIT = 200;

/** Something that users would have received: a code by e-mail or SMS, or the link to a challenge. */
export type OutboxEntry =
  | ({ readonly kind: "email" | "sms"; readonly at: number } & CodeMessage)
  | {
      readonly kind: "link";
      readonly at: number;
      readonly userId: string;
      readonly action: string;
      readonly url: string;
    };

/** Keeps what would have been sent, in memory, for a developer to read. */
export interface Outbox {
  /** To be the engine's delivery. */
  readonly delivery: Required<Delivery>;
  /** Keeps the link to a challenge. */
  addLink(link: { readonly userId: string; readonly action: string; readonly url: string }): void;
  /** Newest first. */
  entries(): readonly OutboxEntry[];
}

/** Creates an outbox that keeps the last 200 entries. Never for production: whoever reads it is every user. */
export function createOutbox({
  clock = systemClock,
  limit = DEFAULT_LIMIT,
  onEntry = () => undefined,
}: {
  readonly clock?: Clock;
  readonly limit?: number;
  readonly onEntry?: (entry: OutboxEntry) => void;
} = {}): Outbox {
  const kept: OutboxEntry[] = [];

  function add(entry: OutboxEntry): void {
    kept.unshift(entry);
    kept.length = Math.min(kept.length, limit);
    onEntry(entry);
  }

  return {
    delivery: {
      sendEmail: (message) => add({ kind: "email", at: clock.now(), ...message }),
      sendSms: (message) => add({ kind: "sms", at: clock.now(), ...message }),
    },
    addLink: (link) => add({ kind: "link", at: clock.now(), ...link }),
    entries: () => [...kept],
  };
}
