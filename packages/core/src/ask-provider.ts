import type { ActionSettings } from "./action-settings.ts";
import { DeadlineExceeded } from "./deadline.ts";
import type { Decider } from "./decider.ts";
import { ProviderError, RequireActionError } from "./errors.ts";
import type { CallEvent } from "./events.ts";
import type { ActionProvider, CallOptions } from "./provider.ts";
import { startCall } from "./provider-call.ts";
import type { LineCall } from "./provider-line.ts";
import { Refusal } from "./refusal.ts";
import type { Trail } from "./trail.ts";
import { unavailable } from "./unavailable.ts";

/** What a provider is asked. */
export interface Question<Answer> {
  readonly verb: CallEvent["verb"];
  readonly userId: string;
  call(provider: ActionProvider, options: CallOptions): PromiseLike<unknown>;
  parse(answer: unknown): Answer;
}

/**
 * Asks a provider, by its line, within the decision's deadline, and parses what it answers. Rejects with a `ProviderError`
 * whatever went wrong: other errors are not looked into, as they may hold the provider's credentials.
 */
export async function askProvider<Native extends object, Answer>(
  { decisionDeadlineMs, emit }: ActionSettings<Native>,
  { provider, line }: Decider,
  trail: Trail,
  { verb, userId, call, parse }: Question<Answer>,
): Promise<Answer> {
  const startedAt = performance.now();
  const providerCall = startCall(decisionDeadlineMs);
  const { name } = provider;
  let tries = 0;
  let failure: ProviderError | undefined;
  const lineCall: LineCall<Answer> = {
    key: `${verb} ${userId}`,
    repeatable: verb === "track",
    providerCall,
    async once() {
      tries += 1;
      try {
        return parse(await providerCall.wait(call(provider, providerCall)));
      } catch (thrown) {
        throw asProviderError(thrown, name);
      }
    },
    tell: (state) => emit?.({ type: "breaker", provider: name, state }),
  };
  try {
    return await (line ? line.make(lineCall) : lineCall.once());
  } catch (thrown) {
    failure = asProviderError(thrown, name);
    throw failure;
  } finally {
    providerCall.end();
    const durationMs = performance.now() - startedAt;
    trail.tell({ type: "call", provider: name, verb, tries, failure: failure?.code, durationMs });
    if (failure) trail.tell({ type: "failure", source: "provider", code: failure.code, reason: failure.message });
  }
}

/** The refusal of a request that the provider could not decide. */
export function refuseUndecided(error: ProviderError): Refusal {
  // It is the request that the provider cannot decide, whoever asks and whenever.
  if (error.status < 500) return new Refusal("request_unresolvable", error.message);
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
