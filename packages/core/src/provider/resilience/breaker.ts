import type { Awaitable } from "../../lib/awaitable.ts";
import { ProviderError } from "../../reply/errors.ts";
import type { BreakerOptions } from "./resilience-options.ts";

/** An open breaker makes no calls; a half-open one has made one, to see whether the provider is back. */
export type BreakerState = "closed" | "open" | "half_open";

/** How long at most a provider's `Retry-After` keeps its breaker open. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** Called with each state that a breaker enters. */
export type OnBreakerState = (state: BreakerState) => void;

/** Knows whether one provider is worth calling. */
export interface Breaker {
  readonly state: BreakerState;
  /** Throws `provider_unavailable` while the provider is not called. */
  assertAdmits(): void;
  /** Notes that a call was answered which was made while the breaker was closed. */
  succeeded(): void;
  /** Notes that such a call failed; an outage may open the breaker. */
  failed(error: unknown, onState: OnBreakerState): void;
  /** Makes the one call that tries a provider again, and lets its outcome close or open the breaker. */
  probe<Answer>(call: () => Awaitable<Answer>, onState: OnBreakerState): Promise<Answer>;
}

/**
 * Creates the breaker of the provider called `name`: it opens when more than `threshold` of the last `window` calls were
 * outages, once there were `minimumCalls`. Pauses are measured by the monotonic clock, as the wall clock may be set back.
 */
export function createBreaker(name: string, options: Required<BreakerOptions>): Breaker {
  const { threshold, window, minimumCalls, halfOpenAfterMs } = options;
  let state: BreakerState = "closed";
  let endOfPause = 0;
  /** Whether each of the last calls was an outage; the oldest is overwritten next. */
  let outages: boolean[] = [];
  let oldest = 0;
  let failures = 0;

  function record(isFailure: boolean): void {
    failures += Number(isFailure) - Number(outages[oldest] ?? false);
    outages[oldest] = isFailure;
    oldest = (oldest + 1) % window;
  }

  function enter(next: BreakerState, onState: OnBreakerState): void {
    state = next;
    onState(next);
  }

  function open({ retryAfterSeconds = 0 }: ProviderError, onState: OnBreakerState): void {
    const jittered = halfOpenAfterMs * (0.5 + Math.random() / 2);
    endOfPause = performance.now() + Math.max(jittered, Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS) * 1_000);
    enter("open", onState);
  }

  function close(onState: OnBreakerState): void {
    [outages, oldest, failures] = [[], 0, 0];
    enter("closed", onState);
  }

  function refusal(): ProviderError {
    const seconds = Math.max(1, Math.ceil((endOfPause - performance.now()) / 1_000));
    return new ProviderError("provider_unavailable", `${name} is not called, as it failed too often`, {
      retryAfterSeconds: seconds,
    });
  }

  return {
    get state() {
      return state;
    },
    assertAdmits() {
      // While one call probes, all others are refused: they would be let loose on a provider just back.
      if (state === "half_open" || (state === "open" && performance.now() < endOfPause)) throw refusal();
    },
    succeeded: () => record(false),
    failed(error, onState) {
      // What failed since the breaker opened had begun before, and says nothing new.
      if (state !== "closed" || !isOutage(error)) return;
      record(true);
      if (outages.length >= minimumCalls && failures > threshold * outages.length) open(error, onState);
    },
    async probe(call, onState) {
      enter("half_open", onState);
      try {
        const answer = await call();
        close(onState);
        return answer;
      } catch (error) {
        // An error that is no outage is an answer: the provider is back.
        if (isOutage(error)) open(error, onState);
        else close(onState);
        throw error;
      }
    },
  };
}

/** What stands in the place of a breaker that is not wanted. */
export const noBreaker: Breaker = {
  state: "closed",
  assertAdmits: () => {},
  succeeded: () => {},
  failed: () => {},
  probe: async (call) => call(),
};

/** What a client can bring about, by calling too often or by input that a firewall answers. */
const opensNothing: ReadonlySet<string> = new Set(["provider_busy", "provider_misconfigured"]);

/**
 * True for a provider that does not answer, or with nonsense. A request at fault is no outage, and neither is a provider that
 * is called too often, nor one whose address is another's: all are a client's to bring about, or look like it, and must open
 * nothing.
 */
export function isOutage(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.status >= 500 && !opensNothing.has(error.code);
}
