import { hashKey } from "../hash-key.ts";
import type { Parameters } from "../parameters.ts";

/** What a claim is stored as. Owners are hashed as well: neither index nor text of a database limits what they may be. */
export function claimParameters(key: string, owner: string): Parameters {
  return { key: hashKey(key), owner: hashKey(owner) };
}

/** @throws RangeError for a claim that would not last */
export function expectLasting(ttlMs: number): void {
  if (!(ttlMs > 0)) throw new RangeError("a claim must last");
}
