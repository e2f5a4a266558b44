import {
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
  type IBackoff,
  type IHalfOpenAfterBackoffContext,
} from "cockatiel";
import { ProviderError } from "./errors.ts";
import { isOutage } from "./outage.ts";
import type { BreakerOptions } from "./resilience-options.ts";

/** An open breaker makes no calls; a half-open one has made one, to see whether the provider is back. */
export type BreakerState = "closed" | "open" | "half_open";

/** How long at most a provider's `Retry-After` keeps its breaker open. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** Told of the states that a breaker comes into. */
export type TellBreaker = (state: BreakerState) => void;

/** Knows whether one provider is worth calling. */
export interface Breaker {
  readonly state: BreakerState;
  /** Throws `provider_unavailable` while the provider is not called. */
  assertAdmits(): void;
  /** Notes that a call was answered which was made while the breaker was closed. */
  succeeded(): void;
  /** Notes that such a call was not; an outage may open the breaker. */
  failed(outcome: unknown, tell: TellBreaker): Promise<void>;
  /** Makes the one call that tries a provider again, and lets its outcome close or open the breaker. */
  probe<Answer>(call: () => Promise<Answer>, tell: TellBreaker): Promise<Answer>;
}

const names: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half_open",
  [CircuitState.Isolated]: "open",
};

/** Creates the breaker of the provider that is called `name`. */
export function createBreaker(name: string, options: Required<BreakerOptions>): Breaker {
  const { threshold, window, minimumCalls, halfOpenAfterMs } = options;
  const samples = new CountBreaker({ threshold, size: window, minimumNumberOfCalls: minimumCalls });
  let endOfPause = 0;
  let tellChange: TellBreaker = () => {};

  const pause: IBackoff<IHalfOpenAfterBackoffContext> = {
    next: ({ result }) => {
      const asked =
        "error" in result && result.error instanceof ProviderError ? (result.error.retryAfterSeconds ?? 0) : 0;
      const jittered = halfOpenAfterMs * (0.5 + Math.random() / 2);
      endOfPause = performance.now() + Math.max(jittered, Math.min(asked, MAX_RETRY_AFTER_SECONDS) * 1_000);
      return pause;
    },
    // cockatiel measures the pause by the wall clock, which may be set back; this has it end by the monotonic one.
    get duration() {
      return performance.now() < endOfPause ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
  };
  const policy = circuitBreaker(handleWhen(isOutage), { breaker: samples, halfOpenAfter: pause });
  policy.onStateChange((state) => tellChange(names[state]));

  function refusal(): ProviderError {
    const seconds = Math.max(1, Math.ceil((endOfPause - performance.now()) / 1_000));
    return new ProviderError("provider_unavailable", `${name} is not called, as it failed too often`, {
      retryAfterSeconds: seconds,
    });
  }

  return {
    get state() {
      return names[policy.state];
    },
    assertAdmits() {
      // cockatiel has calls wait for the one that probes, and would then let all of them loose on a provider just back.
      if (policy.state === CircuitState.HalfOpen) throw refusal();
      if (policy.state === CircuitState.Open && performance.now() < endOfPause) throw refusal();
    },
    // cockatiel's own `execute` around each healthy call would cost as much as sealing it: it is told of failures only.
    succeeded: () => samples.success(CircuitState.Closed),
    async failed(outcome, tell) {
      // What failed since the breaker opened had begun before, and says nothing new.
      if (policy.state !== CircuitState.Closed) return;
      tellChange = tell;
      await policy.execute(() => Promise.reject(outcome)).catch(() => {});
    },
    probe(call, tell) {
      tellChange = tell;
      return policy.execute(call);
    },
  };
}

/** What stands in the place of a breaker that is not wanted. */
export const noBreaker: Breaker = {
  state: "closed",
  assertAdmits: () => {},
  succeeded: () => {},
  failed: async () => {},
  probe: (call) => call(),
};
