import type { ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { ledgerCases } from "./ledger-cases.ts";
import type { LedgerHarness } from "./ledger-harness.ts";

/**
 * Declares a vitest suite that puts a ledger through every requirement of the port. Call it at the top level of a test file,
 * or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeLedgerConformance({
 *   name: "memory",
 *   open() {
 *     const clock = createManualClock();
 *     const ledger = createMemoryLedger({ clock });
 *     return { ledger, other: ledger, pass: (ms) => clock.advance(ms) };
 *   },
 * });
 */
export function describeLedgerConformance(options: ConformanceOptions<LedgerHarness>): void {
  describeCases("ledger", ledgerCases, options);
}
