import { type Awaitable, orElse, settle, whenSettled } from "../../lib/awaitable.ts";
import { ConfigurationError, ProviderError } from "../../reply/errors.ts";
import type { ProviderCall } from "../provider-call.ts";
import type { ActionProvider } from "../provider.ts";
import { createBreaker, isOutage, noBreaker, type OnBreakerState } from "./breaker.ts";
import { createBulkhead, type Wait } from "./bulkhead.ts";
import { createHoldOff } from "./hold-off.ts";
import { type ResilienceOptions, type ResilienceSettings, settleResilience } from "./resilience-options.ts";

/** A retry waits for a random part of this, so that calls that failed together do not come back together. */
const MAX_RETRY_DELAY_MS = 100;
/** The longest time that clients are asked to wait. */
const MAX_HOLD_OFF_SECONDS = 300;

/** One call of a provider, as a pipeline makes it. */
export interface PipelineCall<Answer> {
  /** What a busy provider's `Retry-After` holds off: this verb for this user, as one user's limit is not another's. */
  readonly key: string;
  /** Whose call it is, as no user may take all places. */
  readonly userId: string;
  /** True for `track`, whose key makes two calls one action. */
  readonly repeatable: boolean;
  readonly providerCall: ProviderCall;
  /** Makes the call once. Throws a `ProviderError` and nothing else. */
  once(): Awaitable<Answer>;
  /** Called with each state that the breaker enters because of this call. */
  readonly onState: OnBreakerState;
}

/** The way to one provider: at most so many calls at once, none to one that is down, and a retry where that is safe. */
export interface ResiliencePipeline {
  execute<Answer>(call: PipelineCall<Answer>): Awaitable<Answer>;
}

const LATE = "the call had to wait for others, and its time passed";

interface KnownPipeline {
  readonly pipeline: ResiliencePipeline;
  readonly settings: ResilienceSettings;
}

/** A provider has one pipeline, shared by all guards: what one guard learns of the provider is true for all. */
const pipelines = new WeakMap<ActionProvider, KnownPipeline>();

/** The pipeline of a provider. Throws a `ConfigurationError` when another guard has declared it otherwise. */
export function pipelineOf(provider: ActionProvider, options: ResilienceOptions | undefined): ResiliencePipeline {
  const settings = settleResilience(options);
  const known = pipelines.get(provider);
  if (!known) {
    const pipeline = createPipeline(provider.name, settings);
    pipelines.set(provider, { pipeline, settings });
    return pipeline;
  }
  if (options !== undefined && JSON.stringify(settings) !== JSON.stringify(known.settings)) {
    throw new ConfigurationError(
      "resilience",
      "must be the same in all guards of one provider, as they share its breaker",
    );
  }
  return known.pipeline;
}

function createPipeline(name: string, settings: ResilienceSettings): ResiliencePipeline {
  const bulkhead = createBulkhead(name, settings);
  const breaker = settings.breaker === "none" ? noBreaker : createBreaker(name, settings.breaker);
  const budget = createRetryBudget();
  const holdOff = createHoldOff({ now: () => performance.now() });

  return {
    execute(call) {
      const secondsLeft = holdOff.secondsLeft(call.key);
      if (secondsLeft > 0) throw busy(`${name} asked not to be called yet`, secondsLeft);
      breaker.assertAdmits();
      const wait = bulkhead.enter(call.userId);
      return wait ? takeTurn(wait, call) : inPlace(call, false);
    },
  };

  async function takeTurn<Answer>(wait: Wait, call: PipelineCall<Answer>): Promise<Answer> {
    try {
      await call.providerCall.wait(wait.entered);
    } catch {
      wait.giveUp();
      throw busy(LATE, 1);
    }
    return inPlace(call, true);
  }

  /** Calls the provider, once more where that is worth it and safe, and gives the place back. */
  function inPlace<Answer>(call: PipelineCall<Answer>, waited: boolean): Awaitable<Answer> {
    const { providerCall, userId } = call;
    let repeated = false;
    const mayRepeat = (): boolean => {
      if (repeated || breaker.state !== "closed" || !budget.take()) return false;
      repeated = true;
      return true;
    };
    providerCall.mayRepeat = mayRepeat;
    const attemptOrRepeat = (): Awaitable<Answer> =>
      orElse(
        () => attempt(call, waited),
        (error) => {
          if (!call.repeatable || !isWorthRepeating(error) || providerCall.aborted || !mayRepeat()) throw error;
          return whenSettled(providerCall.wait(randomDelay()), () => attempt(call, waited));
        },
      );
    return settle(
      attemptOrRepeat,
      (answer) => {
        bulkhead.leave(userId);
        return answer;
      },
      (error) => {
        bulkhead.leave(userId);
        throw error;
      },
    );
  }

  function attempt<Answer>(call: PipelineCall<Answer>, waited: boolean): Awaitable<Answer> {
    // A wait may have outlasted what let the call in.
    breaker.assertAdmits();
    const probes = breaker.state !== "closed";
    return settle(
      () => (probes ? breaker.probe(() => call.once(), call.onState) : call.once()),
      (answer) => {
        if (probes) return answer;
        breaker.succeeded();
        budget.succeeded();
        return answer;
      },
      (error) => {
        // That this process is late is no word of the provider's.
        if (isBusy(error) && !call.providerCall.wasHeldUp)
          holdOff.begin(call.key, Math.min(error.retryAfterSeconds ?? 0, MAX_HOLD_OFF_SECONDS));
        if (probes) throw error;
        // A call that had to wait left its provider less time than agreed: when it is that what failed, it is no outage.
        if (waited && call.providerCall.aborted) throw busy(LATE, 1);
        breaker.failed(error, call.onState);
        throw error;
      },
    );
  }
}

function isBusy(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.code === "provider_busy";
}

/** An answer, even one that is none, would be the same again; one that asks to wait is taken at its word. */
function isWorthRepeating(error: unknown): boolean {
  return isOutage(error) && error.code === "provider_unavailable" && error.retryAfterSeconds === undefined;
}

function busy(detail: string, retryAfterSeconds: number): ProviderError {
  return new ProviderError("provider_busy", detail, { retryAfterSeconds });
}

function randomDelay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_RETRY_DELAY_MS));
}

/** A retry for every ten calls that succeed, and not more than this many saved up. */
const MAX_SAVED = 2;
const EARNED_BY_SUCCESS = 0.1;

/**
 * How many calls of one provider may be made once more. Only successes earn any, so that retries help against a stray failure
 * and add nothing to an outage.
 */
interface RetryBudget {
  succeeded(): void;
  /** Takes one retry; false when there is none left. */
  take(): boolean;
}

/** Creates a budget with one retry in it. */
function createRetryBudget(): RetryBudget {
  let saved = 1;
  return {
    succeeded() {
      saved = Math.min(MAX_SAVED, saved + EARNED_BY_SUCCESS);
    },
    take() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
