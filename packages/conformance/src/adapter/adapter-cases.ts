import type { ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import type { AdapterCase, AdapterHarness } from "./adapter-harness.ts";
import { approvals } from "./cases/approvals.ts";
import { bodies } from "./cases/bodies.ts";
import { claims, givenBack, parallel } from "./cases/claims.ts";
import { leaving } from "./cases/leaving.ts";
import { lifecycle, stopping } from "./cases/lifecycle.ts";
import { outages } from "./cases/outages.ts";
import { outcomes, replies } from "./cases/outcomes.ts";
import { ownReplies } from "./cases/own-replies.ts";
import { proofs } from "./cases/proofs.ts";
import { resolvers } from "./cases/resolvers.ts";
import { routing } from "./cases/routing.ts";
import { slowAndBroken } from "./cases/slow-and-broken.ts";

/** Every behaviour that an adapter must have, over real HTTP. */
export const adapterCases: readonly AdapterCase[] = [
  ...outcomes,
  ...slowAndBroken,
  ...outages,
  ...routing,
  ...bodies,
  ...replies,
  ...parallel,
  ...proofs,
  ...leaving,
  ...lifecycle,
  ...resolvers,
  ...claims,
  ...stopping,
  ...approvals,
  ...givenBack,
  ...ownReplies,
];

/** The cases of the group with this letter, as {@link AdapterCase.group} has it. */
export function adapterCasesOf(group: string): readonly AdapterCase[] {
  return adapterCases.filter((candidate) => candidate.group === group);
}

/**
 * Declares a vitest suite that puts an adapter through every behaviour that adapters have, over real HTTP. Call it at the top
 * level of a test file, or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeAdapterConformance({ name: "my framework 3", open: () => createMyHarness() });
 */
export function describeAdapterConformance(options: ConformanceOptions<AdapterHarness>): void {
  describeCases("adapter", adapterCases, options);
}
