import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { joinKey, type KeyParts } from "../store/key.ts";

/** Keyed hashes of what a store must not hold in the clear. */
export interface KeyedHashes {
  /** The hash of these parts under the first key, base64url. */
  hash(parts: KeyParts): string;
  /** True when `hash` is that of these parts, under any of the keys; takes the same time either way. */
  isHashOf(hash: string, parts: KeyParts): boolean;
}

/** Creates HMAC-SHA-256 hashes under the first of the keys; all of them recognise, so that secrets rotate. */
export function createKeyedHashes([current, ...retired]: readonly [Uint8Array, ...Uint8Array[]]): KeyedHashes {
  const digest = (key: Uint8Array, parts: KeyParts): Buffer =>
    createHmac("sha256", key).update(joinKey(parts)).digest();
  return {
    hash: (parts) => digest(current, parts).toString("base64url"),
    isHashOf(hash, parts) {
      const expected = Buffer.from(hash, "base64url");
      let found = false;
      for (const key of [current, ...retired]) if (isEqual(digest(key, parts), expected)) found = true;
      // One text for each hash: decoders overlook bits that are left over.
      return found && expected.toString("base64url") === hash;
    },
  };
}

/** True for the same bytes. The time says no more than whether the lengths are equal. */
export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Derives the key of one purpose by HKDF-SHA-256, without a salt. @see https://www.rfc-editor.org/rfc/rfc5869 */
export function deriveKey(secret: Uint8Array, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", purpose, bytes));
}
