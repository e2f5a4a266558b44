import type { ConformanceCase } from "../suite/conformance-case.ts";
import { actionCases } from "./action-cases.ts";
import { authenticatorCases } from "./authenticator-cases.ts";
import { challengeCases } from "./challenge-cases.ts";
import { decisionCases } from "./decision-cases.ts";
import { peopleCases } from "./people-cases.ts";
import type { StoreHarness } from "./store-harness.ts";

/** Every requirement of the engine's store port. */
export const storeCases: readonly ConformanceCase<StoreHarness>[] = [
  ...decisionCases,
  ...actionCases,
  ...peopleCases,
  ...authenticatorCases,
  ...challengeCases,
];
