export type { ProviderCase } from "./provider-case.ts";
export { providerCases, providerConformance, type ProviderConformanceOptions } from "./provider-conformance.ts";
export type { ConformanceSubject, ProviderHarness, TrackedAction } from "./provider-harness.ts";
