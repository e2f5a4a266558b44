export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/failing-cases.ts";
export { describeStoreConformance } from "./describe-store-conformance.ts";
export { storeCases } from "./store-cases.ts";
export type { StoreHarness } from "./store-harness.ts";
