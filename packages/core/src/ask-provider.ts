import type { ActionSettings } from "./action-settings.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import { ProviderError } from "./errors.ts";
import type { CallOptions } from "./provider.ts";
import type { Trail } from "./trail.ts";

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
  try {
    return parse(await withDeadline(decisionDeadlineMs, (signal) => call({ signal })));
  } catch (thrown) {
    const error = asProviderError(thrown, provider.name);
    trail.tell({ type: "failure", source: "provider", code: error.code, reason: error.message });
    throw error;
  }
}

function asProviderError(thrown: unknown, provider: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof DeadlineExceeded)
    return new ProviderError("provider_unavailable", `${provider}: ${thrown.message}`);
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new ProviderError("provider_unavailable", `${provider} threw ${name}`);
}
