import { afterEach, beforeEach, describe, it } from "vitest";
import { abortCases } from "./abort-cases.ts";
import { getActionCases } from "./get-action-cases.ts";
import { oddIdCases } from "./odd-id-cases.ts";
import type { ProviderCase } from "./provider-case.ts";
import type { ProviderHarness } from "./provider-harness.ts";
import { trackCases } from "./track-cases.ts";
import { validateChallengeCases } from "./validate-challenge-cases.ts";

/** Every requirement of the provider port. */
export const providerCases: readonly ProviderCase[] = [
  ...trackCases,
  ...validateChallengeCases,
  ...getActionCases,
  ...abortCases,
  ...oddIdCases,
];

/** Options of {@link providerConformance}. */
export interface ProviderConformanceOptions {
  /** The provider's name, for the report. */
  readonly name: string;
  /** Called anew for each case. */
  readonly create: () => ProviderHarness | Promise<ProviderHarness>;
  /** Cases that cannot hold for this provider, by id, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * Declares a vitest suite that puts a provider through every requirement of the port. Call it at the top level of a test
 * file.
 *
 * @example
 * providerConformance({ name: "my provider", create: () => createMyHarness() });
 */
export function providerConformance({ name, create, skip = {} }: ProviderConformanceOptions): void {
  const reasons = new Map(Object.entries(skip));
  for (const id of reasons.keys()) {
    if (!providerCases.some((known) => known.id === id)) throw new Error(`skip names an unknown case: ${id}`);
  }
  describe(`${name} conforms to the provider port`, () => {
    let harness: ProviderHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close?.());

    for (const { id, title, run } of providerCases) {
      const reason = reasons.get(id);
      if (reason === undefined) it(`${title} [${id}]`, () => run(harness));
      else it.skip(`${title} [${id}]: ${reason}`, () => {});
    }
  });
}
