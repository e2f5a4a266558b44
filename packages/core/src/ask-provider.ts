import type { ActionSettings } from "./action-settings.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import { ProviderError, RequireActionError } from "./errors.ts";
import type { CallOptions } from "./provider.ts";
import { startCall } from "./provider-call.ts";
import { Refusal } from "./refusal.ts";
import type { Trail } from "./trail.ts";
import { unavailable } from "./unavailable.ts";

/**
 * Calls the provider within the decision's deadline and parses what it answers. Rejects with a `ProviderError` whatever
 * went wrong: other errors are not looked into, as they may hold the provider's credentials.
 */
export async function askProvider<Native extends object, Answer>(
  { provider, decisionDeadlineMs }: ActionSettings<Native>,
  trail: Trail,
  call: (options: CallOptions) => Promise<unknown>,
  parse: (answer: unknown) => Answer,
): Promise<Answer> {
  const providerCall = startCall();
  try {
    const answer = await withDeadline(decisionDeadlineMs, () => call(providerCall), {
      onPassed: (error) => providerCall.abort(error),
    });
    return parse(answer);
  } catch (thrown) {
    const error = asProviderError(thrown, provider.name);
    trail.tell({ type: "failure", source: "provider", code: error.code, reason: error.message });
    throw error;
  }
}

/** True when it is the request that the provider cannot decide, whoever asks and whenever. */
export function isRequestAtFault({ status }: ProviderError): boolean {
  return status < 500;
}

/** The refusal of a request that the provider could not decide. */
export function refuseUndecided(error: ProviderError): Refusal {
  if (isRequestAtFault(error)) return new Refusal("request_unresolvable", error.message);
  return unavailable(error.message, error.retryAfterSeconds);
}

function asProviderError(thrown: unknown, provider: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof RequireActionError && thrown.status < 500)
    return new ProviderError("provider_refused", `${provider}: ${thrown.message}`);
  if (thrown instanceof DeadlineExceeded)
    return new ProviderError("provider_unavailable", `${provider}: ${thrown.message}`);
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new ProviderError("provider_unavailable", `${provider} threw ${name}`);
}
