import { ConfigurationError } from "@require-action/core";

const DAY = 24 * 60 * 60_000;
/** Reviews may stay open for 30 days, and what they are about must be there when they are decided. */
const LEAST_MS: number = 31 * DAY;

/** How long what could be kept for good is kept, in milliseconds. What is not told is kept for good. */
export interface Retention {
  /** Actions, from when they were tracked: at least 31 days. */
  readonly actionsMs?: number;
  /** The audit trail: at least 31 days. */
  readonly auditMs?: number;
}

const names: ReadonlySet<string> = new Set<keyof Retention>(["actionsMs", "auditMs"]);

/** @throws ConfigurationError that names the option */
export function parseRetention(retention: Retention = {}): Retention {
  for (const [name, value] of Object.entries(retention)) {
    if (!names.has(name)) throw new ConfigurationError(`retention.${name}`, "is not an option");
    if (value !== undefined && (!Number.isSafeInteger(value) || value < LEAST_MS)) {
      throw new ConfigurationError(`retention.${name}`, `must be whole milliseconds, at least ${LEAST_MS}`);
    }
  }
  return retention;
}
