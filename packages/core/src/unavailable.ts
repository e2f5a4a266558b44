import type { RequireActionError } from "./errors.ts";
import { ProviderError } from "./errors.ts";
import { Refusal } from "./refusal.ts";

const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 300;

/** The refusal of a request that cannot be decided right now, with the time after which to try again. */
export function unavailable(error: RequireActionError): Refusal {
  const asked = (error instanceof ProviderError && error.retryAfterSeconds) || DEFAULT_RETRY_AFTER_SECONDS;
  return new Refusal(
    "decision_unavailable",
    error.message,
    {},
    { retryAfterSeconds: Math.min(asked, MAX_RETRY_AFTER_SECONDS) },
  );
}
