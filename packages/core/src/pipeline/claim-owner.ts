import { randomBytes } from "node:crypto";
import { createPrivateNotes } from "../lib/private-notes.ts";

/** Who claims on a request. Two guards of one route share it, so that the second finds the first one's claim its own. */
export interface ClaimOwner {
  readonly owner: string;
  /** The keys that it has won. */
  readonly held: Set<string>;
}

const claimOwners = createPrivateNotes<ClaimOwner>();

/** The claim owner of a request; no other request has the same. */
export function claimOwnerOf(native: object): ClaimOwner {
  const known = claimOwners.get(native);
  if (known) return known;
  const claimOwner = { owner: randomBytes(16).toString("base64url"), held: new Set<string>() };
  claimOwners.set(native, claimOwner);
  return claimOwner;
}
