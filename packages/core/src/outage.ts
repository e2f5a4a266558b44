import { ProviderError } from "./errors.ts";

/**
 * True for a provider that does not answer, or with nonsense. A request at fault is no outage, and neither is a provider that
 * is called too often: both are a client's to bring about, and must open nothing.
 */
export function isOutage(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.status >= 500 && error.code !== "provider_busy";
}
