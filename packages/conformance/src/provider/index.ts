export type { ConformanceCase, ConformanceOptions, OpenHarness } from "../suite/conformance-case.ts";
export { findFailingCases } from "../suite/failing-cases.ts";
export { describeProviderConformance } from "./describe-provider-conformance.ts";
export { providerCases } from "./provider-cases.ts";
export type { ConformanceSubject, ProviderHarness, TrackedAction } from "./provider-harness.ts";
