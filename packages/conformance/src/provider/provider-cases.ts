import type { ConformanceCase } from "../suite/conformance-case.ts";
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
