import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";

const DAY = 24 * 60 * 60_000;
/** Reviews may stay open for 30 days, and what they are about must be there when they are decided. */
const LEAST_MS: number = 31 * DAY;

/** How long what could be kept for good is kept, in milliseconds. What is left out is kept for good. */
export interface Retention {
  /** Actions, from when they were tracked: at least 31 days. */
  readonly actionsMs?: number;
  /** The audit trail: at least 31 days. */
  readonly auditMs?: number;
}

const kept = option.whole({ least: LEAST_MS, unit: "milliseconds" });

/** The schema of a store's `retention`. */
export const retentionSchema: OptionsSchema<Retention> = defineOptions<Retention>({
  required: {},
  optional: { actionsMs: kept, auditMs: kept },
});
