import { afterAll, beforeAll } from "vitest";

/** A warning of Node's, or of ours. */
export interface ProcessWarning extends Error {
  readonly code?: string;
}

const allowed: string[] = [];
const expected = new Set<string>();
const emitted: ProcessWarning[] = [];

const nameOf = ({ code, name }: ProcessWarning): string => code ?? name;

/** Notes a warning, for the test during which it comes. That Node's own SQLite is new is nobody's to mend. */
export function noteWarning(warning: ProcessWarning): void {
  if (warning.name === "ExperimentalWarning" && warning.message.startsWith("SQLite ")) return;
  emitted.push(warning);
}

/**
 * Lets the tests of this file or suite come upon warnings that they are not about, as `RA_MEMORY_LEDGER` where a guard needs no
 * ledger that outlives the test. Any other warning fails its test.
 */
export function allowWarnings(...codes: readonly string[]): void {
  beforeAll(() => void allowed.push(...codes));
  afterAll(() => codes.forEach((code) => allowed.splice(allowed.indexOf(code), 1)));
}

/** Makes this test expect a warning, without which it fails. */
export function expectWarning(code: string): void {
  expected.add(code);
}

/** Judges the warnings since the last time. @throws Error the first that nobody expected, or that one has not come */
export function settleWarnings(): void {
  const came = emitted.splice(0);
  const missing = [...expected].filter((code) => !came.some((warning) => nameOf(warning) === code));
  const unexpected = came.find((warning) => !expected.has(nameOf(warning)) && !allowed.includes(nameOf(warning)));
  expected.clear();
  if (unexpected !== undefined) throw unexpected;
  if (missing.length > 0) throw new Error(`Expected warnings did not come: ${missing.join(", ")}`);
}
