import * as v from "valibot";
import { ConfigurationError } from "./errors.ts";

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
  readonly breaker?: "none" | BreakerOptions;
}

/** The same with every default filled in. */
export interface ResilienceSettings {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly breaker: "none" | Required<BreakerOptions>;
}

const count = (least: number): v.GenericSchema =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(100_000, "must be at most 100000"),
  );

const breakerSchema = v.strictObject({
  threshold: v.optional(v.pipe(v.number(), v.gtValue(0, "must be more than 0"), v.ltValue(1, "must be less than 1"))),
  window: v.optional(count(1)),
  minimumCalls: v.optional(count(1)),
  halfOpenAfterMs: v.optional(count(1)),
});

const optionsSchema = v.strictObject({
  maxConcurrent: v.optional(count(1)),
  maxQueued: v.optional(count(0)),
  breaker: v.optional(v.lazy((given) => (typeof given === "string" ? v.literal("none") : breakerSchema))),
});

/** The schema of a guard's `resilience`. */
export const resilienceSchema: v.GenericSchema = v.lazy((given) =>
  typeof given === "string" ? v.literal("none") : optionsSchema,
);

/** Fills the defaults in. Throws a `ConfigurationError` for options that contradict each other. */
export function settleResilience({
  maxConcurrent = 200,
  maxQueued = 200,
  breaker = {},
}: ResilienceOptions = {}): ResilienceSettings {
  return { maxConcurrent, maxQueued, breaker: breaker === "none" ? breaker : settleBreaker(breaker) };
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
      "must be at most window, the calls that are looked at",
    );
  }
  return { threshold, window, minimumCalls, halfOpenAfterMs };
}
