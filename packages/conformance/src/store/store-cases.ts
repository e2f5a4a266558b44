import type { ConformanceCase, ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { actionCases } from "./action-cases.ts";
import { authenticatorCases } from "./authenticator-cases.ts";
import { challengeCases } from "./challenge-cases.ts";
import { decisionCases } from "./decision-cases.ts";
import { figureCases } from "./figure-cases.ts";
import { outboxCases } from "./outbox-cases.ts";
import { peopleCases } from "./people-cases.ts";
import { policyCases } from "./policy-cases.ts";
import { receiptCases } from "./receipt-cases.ts";
import { reviewerCases } from "./reviewer-cases.ts";
import { reviewCases } from "./review-cases.ts";
import { sessionCases } from "./session-cases.ts";
import type { StoreHarness } from "./store-harness.ts";

/** Every requirement of the engine's store port. */
export const storeCases: readonly ConformanceCase<StoreHarness>[] = [
  ...decisionCases,
  ...actionCases,
  ...reviewCases,
  ...peopleCases,
  ...authenticatorCases,
  ...challengeCases,
  ...sessionCases,
  ...outboxCases,
  ...policyCases,
  ...reviewerCases,
  ...receiptCases,
  ...figureCases,
];

/**
 * Declares a vitest suite that puts a store of the engine through every requirement of the port. Call it at the top level of a
 * test file, or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeStoreConformance({
 *   name: "memory",
 *   open() {
 *     const store = createMemoryStore();
 *     return { store, other: store };
 *   },
 * });
 */
export function describeStoreConformance(options: ConformanceOptions<StoreHarness>): void {
  describeCases("store", storeCases, options);
}
