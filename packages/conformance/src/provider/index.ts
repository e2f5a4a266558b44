export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/describe-cases.ts";
export { describeProviderConformance, providerCases } from "./provider-cases.ts";
export type { ConformanceSubject, ProviderHarness, TrackedAction } from "./provider-harness.ts";
