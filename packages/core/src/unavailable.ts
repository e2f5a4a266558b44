import { Refusal } from "./refusal.ts";

const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 300;

/** The refusal of a request that cannot be decided right now, with the time after which to try again. */
export function unavailable(reason: string, askedSeconds: number = DEFAULT_RETRY_AFTER_SECONDS): Refusal {
  const seconds = Number.isFinite(askedSeconds) ? askedSeconds : DEFAULT_RETRY_AFTER_SECONDS;
  const retryAfterSeconds = Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER_SECONDS);
  return new Refusal("decision_unavailable", reason, {}, { retryAfterSeconds });
}
