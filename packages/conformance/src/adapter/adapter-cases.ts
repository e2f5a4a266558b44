import type { AdapterCase } from "./adapter-case.ts";
import { approvals } from "./cases/approvals.ts";
import { bodies } from "./cases/bodies.ts";
import { claims } from "./cases/claims.ts";
import { leaving } from "./cases/leaving.ts";
import { lifecycle } from "./cases/lifecycle.ts";
import { outages } from "./cases/outages.ts";
import { outcomes } from "./cases/outcomes.ts";
import { parallel } from "./cases/parallel.ts";
import { proofs } from "./cases/proofs.ts";
import { replies } from "./cases/replies.ts";
import { resolvers } from "./cases/resolvers.ts";
import { routing } from "./cases/routing.ts";
import { slowAndBroken } from "./cases/slow-and-broken.ts";
import { stopping } from "./cases/stopping.ts";

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
];

/** The cases of the group with this letter, as {@link AdapterCase.group} has it. */
export function adapterCasesOf(group: string): readonly AdapterCase[] {
  return adapterCases.filter((candidate) => candidate.group === group);
}
