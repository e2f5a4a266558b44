import { randomBytes } from "node:crypto";

/** Who claims on a request. Two guards of one route share it, so that the second finds the first one's claim its own. */
export interface Claimant {
  readonly owner: string;
  /** The keys that it has won. */
  readonly held: Set<string>;
}

const claimants = new WeakMap<object, Claimant>();

/** The claimant of a request; no other request has the same. */
export function claimantOf(native: object): Claimant {
  const known = claimants.get(native);
  if (known) return known;
  const claimant = { owner: randomBytes(16).toString("base64url"), held: new Set<string>() };
  claimants.set(native, claimant);
  return claimant;
}
