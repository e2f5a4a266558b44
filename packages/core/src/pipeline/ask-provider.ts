import type { ActionSettings } from "../settings/action-settings.ts";
import { memberOf } from "../lib/own-members.ts";
import { DeadlineExceeded } from "../lib/deadline.ts";
import { type Awaitable, orElse, settle, whenSettled } from "../lib/awaitable.ts";
import type { ProviderRole } from "../settings/provider-role.ts";
import { ProviderError, RequireActionError } from "../reply/errors.ts";
import type { CallEvent } from "../outcome/events.ts";
import type { ActionProvider, CallOptions } from "../provider/provider.ts";
import { type ProviderCall, startCall } from "../provider/provider-call.ts";
import { isOutage } from "../provider/resilience/breaker.ts";
import type { PipelineCall } from "../provider/resilience/pipeline.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import type { RequestContext, Trail } from "./request-context.ts";

const OWN_RETRY_AFTER_SECONDS = 1;

const profileNames: ReadonlySet<string> = new Set(["email", "phoneNumber", "username", "locale"]);

/** What a provider is asked. */
export interface Question<Answer> {
  readonly verb: CallEvent["verb"];
  readonly userId: string;
  call(provider: ActionProvider, options: CallOptions): unknown;
  parse(answer: unknown): Answer;
}

/**
 * Asks a provider through its resilience pipeline within the decision's deadline, and parses the answer. Throws a
 * `ProviderError` whatever went wrong: other errors are not looked into, as they may hold the provider's credentials.
 */
export function askProvider<Native extends object, Answer>(
  { decisionDeadlineMs, emit }: ActionSettings<Native>,
  { provider, pipeline, watch }: ProviderRole,
  trail: Trail,
  { verb, userId, call, parse }: Question<Answer>,
): Awaitable<Answer> {
  const startedAt = trail.emit && performance.now();
  const providerCall = startCall(decisionDeadlineMs, watch, provider);
  const { name } = provider;
  let tries = 0;
  const pipelineCall: PipelineCall<Answer> = {
    key: `${verb} ${userId}`,
    userId,
    repeatable: verb === "track",
    providerCall,
    once: () => {
      tries += 1;
      return orElse(
        () =>
          whenSettled(providerCall.wait(call(provider, providerCall)), (given) => {
            const answer = parse(given);
            providerCall.progress();
            return answer;
          }),
        (thrown) => {
          const error = failureOf(thrown, name, providerCall);
          if (!isOutage(error) && !providerCall.wasHeldUp) providerCall.progress();
          throw error;
        },
      );
    },
    onState: (state) => emit?.({ type: "breaker", provider: name, state }),
  };
  const end = (failure?: ProviderError): void => {
    providerCall.end();
    if (startedAt === undefined) return;
    const durationMs = performance.now() - startedAt;
    trail.emit?.({ type: "call", provider: name, verb, tries, failure: failure?.code, durationMs });
    if (failure) trail.emit?.({ type: "failure", source: "provider", code: failure.code, reason: failure.message });
  };
  return settle(
    () => (pipeline ? pipeline.execute(pipelineCall) : pipelineCall.once()),
    (answer) => {
      end();
      return answer;
    },
    (thrown) => {
      const failure = thrown instanceof ProviderError ? thrown : failureOf(thrown, name, providerCall);
      end(failure);
      throw failure;
    },
  );
}

/**
 * Has the provider record that the request is handed to its handler, where it keeps receipts. Refuses where it cannot: nothing
 * runs without its receipt.
 */
export async function recordExecution<Native extends object>({
  settings,
  subject,
  trail,
}: RequestContext<Native>): Promise<void> {
  const { role, receipt } = trail;
  if (receipt === undefined || role?.provider.recordExecution === undefined) return;
  try {
    await askProvider(settings, role, trail, {
      verb: "recordExecution",
      userId: subject.userId,
      call: (provider, options) => provider.recordExecution?.({ receipt }, options),
      parse: () => undefined,
    });
  } catch (error) {
    throw error instanceof ProviderError ? refuseUndecided(error) : error;
  }
}

/** The refusal of a request that the provider could not decide. */
export function refuseUndecided(error: ProviderError): Refusal | RequireActionError {
  const { field } = error;
  // What is said of the account, its owner cannot mend by another request.
  if (error.status < 500 && field !== undefined && profileNames.has(field)) {
    return new RequireActionError("resolver_failed", { detail: `attributes.${field}: ${error.detail}` });
  }
  // It is the request that the provider cannot decide, whoever asks and whenever.
  if (error.status < 500) {
    const dataPoint = field?.startsWith("custom.") === true ? { field: field.slice("custom.".length) } : {};
    return new Refusal("request_unresolvable", error.message, dataPoint);
  }
  return unavailable(error.message, error.retryAfterSeconds);
}

/**
 * What a call has failed of. A process that is late by its own load, which a client can bring about, is nothing that a provider
 * is to blame for: it opens nothing.
 */
function failureOf(thrown: unknown, provider: string, call: ProviderCall): ProviderError {
  const error = asProviderError(thrown, provider);
  if (error.code !== "provider_unavailable" || !call.isOwnDoing()) return error;
  call.wasHeldUp = true;
  const detail = `${error.detail} (this process is late, or the provider slow by its load)`;
  return new ProviderError("provider_busy", detail, { retryAfterSeconds: OWN_RETRY_AFTER_SECONDS });
}

function asProviderError(thrown: unknown, provider: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof RequireActionError && thrown.status < 500)
    return new ProviderError("provider_refused", `${provider}: ${thrown.message}`, { field: fieldOf(thrown) });
  if (thrown instanceof DeadlineExceeded)
    return new ProviderError("provider_unavailable", `${provider}: ${thrown.message}`);
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new ProviderError("provider_unavailable", `${provider} threw ${name}`);
}

/** The attribute that an error of the engine's, or of a provider's own, says is at fault. */
function fieldOf(error: object): string | undefined {
  const field = memberOf(error, "field");
  return typeof field === "string" ? field : undefined;
}
