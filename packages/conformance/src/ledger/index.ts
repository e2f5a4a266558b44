export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export { describeLedgerConformance, ledgerCases, type LedgerHarness } from "./ledger-cases.ts";
