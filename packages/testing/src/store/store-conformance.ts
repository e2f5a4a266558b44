import { describe, it } from "vitest";
import { actionCases } from "./action-cases.ts";
import { authenticatorCases } from "./authenticator-cases.ts";
import { challengeCases } from "./challenge-cases.ts";
import { decisionCases } from "./decision-cases.ts";
import { peopleCases } from "./people-cases.ts";
import type { StoreCase, StoreHarness } from "./store-case.ts";

/** What a store of the engine must do, as the port says. */
export const storeCases: readonly StoreCase[] = [
  ...decisionCases,
  ...actionCases,
  ...peopleCases,
  ...authenticatorCases,
  ...challengeCases,
];

/** Registers the store conformance suite with vitest. */
export function storeConformance(harness: StoreHarness): void {
  describe(`store conformance: ${harness.name}`, () => {
    for (const { title, run } of storeCases) {
      it(title, async () => {
        const subject = await harness.open();
        try {
          await run(subject);
        } finally {
          await subject.close();
        }
      });
    }
  });
}
