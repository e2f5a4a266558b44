import { option } from "../options/option.ts";
import { defineOptions, type OptionsSchema } from "../options/read-options.ts";

/** Milliseconds. */
export interface Deadlines {
  /**
   * For each call of a provider, from waiting for its turn to the last byte of the answer, a retry included; and for each
   * resolver. 1000 by default.
   */
  readonly decision?: number;
  /** For each step of the ledger. 250 by default. */
  readonly ledger?: number;
}

const milliseconds = option.whole({ least: 1, most: 60_000, unit: "milliseconds" });

/** The schema of deadlines. */
export const deadlinesSchema: OptionsSchema<Deadlines> = defineOptions<Deadlines>({
  required: {},
  optional: { decision: milliseconds, ledger: milliseconds },
});
