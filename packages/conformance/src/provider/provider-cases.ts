import type { ConformanceCase, ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { abortCases } from "./abort-cases.ts";
import { getActionCases } from "./get-action-cases.ts";
import { oddIdCases } from "./odd-id-cases.ts";
import type { ProviderHarness } from "./provider-harness.ts";
import { trackCases } from "./track-cases.ts";
import { validateChallengeCases } from "./validate-challenge-cases.ts";

/** Every requirement of the provider port. */
export const providerCases: readonly ConformanceCase<ProviderHarness>[] = [
  ...trackCases,
  ...validateChallengeCases,
  ...getActionCases,
  ...abortCases,
  ...oddIdCases,
];

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
