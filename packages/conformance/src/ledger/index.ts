export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/failing-cases.ts";
export { describeLedgerConformance } from "./describe-ledger-conformance.ts";
export { ledgerCases } from "./ledger-cases.ts";
export type { LedgerHarness } from "./ledger-harness.ts";
