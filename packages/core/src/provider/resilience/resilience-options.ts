import { ConfigurationError } from "../../reply/errors.ts";

/** When calls of a provider are no longer made, and when it is tried again. */
export interface BreakerOptions {
  /** The share of failures among the last calls beyond which the breaker opens: more than 0, less than 1. 0.5 by default. */
  readonly threshold?: number;
  /** How many of the last calls are looked at. 50 by default. */
  readonly window?: number;
  /** As long as there were fewer calls, the breaker stays closed. 20 by default. */
  readonly minimumCalls?: number;
  /** Milliseconds after which one call tries an open breaker's provider again; up to half of it less, at random. 5000 by default. */
  readonly halfOpenAfterMs?: number;
}

/**
 * What stands between guards and a provider that fails. It belongs to the provider: guards that share one share this too, and
 * must not contradict each other.
 */
export interface ResilienceOptions {
  /** Calls of the provider that may be under way at once. 200 by default. */
  readonly maxConcurrent?: number;
  /** Calls that may wait for one of those to end, within their deadline. 200 by default; any more are refused at once. */
  readonly maxQueued?: number;
  /**
   * The part of `maxConcurrent` and of `maxQueued` that one user may take, so that nobody keeps the others out: more than 0, at
   * most 1. 0.25 by default, 50 calls under way and 50 waiting. Raise it where one user id stands for many people, as a service
   * account's does.
   */
  readonly userShare?: number;
  readonly breaker?: "none" | BreakerOptions;
}

/** The same with every default filled in. */
export interface ResilienceSettings {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly userShare: number;
  readonly breaker: "none" | Required<BreakerOptions>;
}

/** Fills the defaults in. Throws a `ConfigurationError` for options that contradict each other. */
export function settleResilience({
  maxConcurrent = 200,
  maxQueued = 200,
  userShare = 0.25,
  breaker = {},
}: ResilienceOptions = {}): ResilienceSettings {
  return { maxConcurrent, maxQueued, userShare, breaker: breaker === "none" ? breaker : settleBreaker(breaker) };
}

function settleBreaker({
  threshold = 0.5,
  window = 50,
  minimumCalls = Math.min(20, window),
  halfOpenAfterMs = 5_000,
}: BreakerOptions): Required<BreakerOptions> {
  if (minimumCalls > window) {
    throw new ConfigurationError(
      "resilience.breaker.minimumCalls",
      "must not exceed window, the number of calls considered",
    );
  }
  return { threshold, window, minimumCalls, halfOpenAfterMs };
}
