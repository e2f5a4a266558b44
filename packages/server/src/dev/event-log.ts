import type { WebhookAttempt } from "../webhooks/create-webhooks.ts";

const LIMIT = 200;

/** Keeps the last events that were sent to a webhook, or would have been, in memory, for a developer to read. */
export interface EventLog {
  /** To be the webhooks' `onAttempt`. */
  readonly onAttempt: (attempt: WebhookAttempt) => void;
  /** Newest first. */
  entries(): readonly WebhookAttempt[];
}

/** Creates a log of the last 200 attempts. Never for production: it holds codes. */
export function createEventLog(): EventLog {
  const kept: WebhookAttempt[] = [];
  return {
    onAttempt(attempt) {
      kept.unshift(attempt);
      kept.length = Math.min(kept.length, LIMIT);
    },
    entries: () => [...kept],
  };
}
