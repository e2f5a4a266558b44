import type { ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { providerCases } from "./provider-cases.ts";
import type { ProviderHarness } from "./provider-harness.ts";

/**
 * Declares a vitest suite that puts a provider through every requirement of the port. Call it at the top level of a test file,
 * or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeProviderConformance({ name: "my provider", open: () => createMyHarness() });
 */
export function describeProviderConformance(options: ConformanceOptions<ProviderHarness>): void {
  describeCases("provider", providerCases, options);
}
