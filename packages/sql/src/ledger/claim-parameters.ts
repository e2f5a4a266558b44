import { RequireActionError } from "@require-action/core";
import { hashKey } from "../database/hash-key.ts";
import type { Parameters } from "../database/parameters.ts";

const HOUR_MS = 3_600_000;

/** What a claim is stored as. Owners are hashed as well: neither index nor text of a database limits what they may be. */
export function claimParameters(key: string, owner: string): Parameters {
  return { key: hashKey(key), owner: hashKey(owner) };
}

/** What is asked for a claim. @throws RangeError for one that would not last */
export function askedParameters(key: string, owner: string, ttlMs: number, approvedAt: number | undefined): Parameters {
  if (!(ttlMs > 0)) throw new RangeError("a claim must last");
  const approvedHour = approvedAt === undefined ? undefined : Math.floor(approvedAt / HOUR_MS);
  return { ...claimParameters(key, owner), ttl: ttlMs, approvedAt, approvedHour };
}

/** How an approval is refused whose claim may have been forgotten. */
export function forgottenApproval(): RequireActionError {
  return new RequireActionError("action_token_expired");
}
