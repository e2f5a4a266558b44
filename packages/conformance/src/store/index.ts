export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export { describeStoreConformance, storeCases } from "./store-cases.ts";
export type { StoreHarness } from "./store-harness.ts";
