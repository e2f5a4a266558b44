import type { GenericSchema } from "valibot";
import { option } from "../../options/option.ts";
import { defineOptions } from "../../options/read-options.ts";
import type { BreakerOptions, ResilienceOptions } from "./resilience-options.ts";

const count = (least: number): GenericSchema => option.whole({ least, most: 100_000 });

const none = option.oneOf(["none"], "or an object");

const breakerSchema = defineOptions<BreakerOptions>({
  required: {},
  optional: {
    threshold: option.matching(
      (value) => typeof value === "number" && value > 0 && value < 1,
      "must be a number, more than 0 and less than 1",
    ),
    window: count(1),
    minimumCalls: count(1),
    halfOpenAfterMs: count(1),
  },
});

const optionsSchema = defineOptions<ResilienceOptions>({
  required: {},
  optional: {
    maxConcurrent: count(1),
    maxQueued: count(0),
    userShare: option.matching(
      (value) => typeof value === "number" && value > 0 && value <= 1,
      "must be a number, more than 0 and at most 1",
    ),
    breaker: option.either((given) => (typeof given === "string" ? none : breakerSchema)),
  },
});

/** The schema of a guard's `resilience`. */
export const resilienceSchema: GenericSchema = option.either((given) =>
  typeof given === "string" ? none : optionsSchema,
);
