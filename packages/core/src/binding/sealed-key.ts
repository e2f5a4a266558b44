import { hash } from "node:crypto";

/*
 * A sealed key is an idempotency key that only this application can mint:
 *
 *   "ra1_" base64url( issued at: 6 bytes of milliseconds | nonce: 16 | digest of what is bound: 24 | MAC: 24 )
 *
 * The MAC covers the version, user, action, session, fallback and everything above. Digest and MAC are HMAC-SHA-256 cut to
 * 192 bits, under two keys that HKDF derives from the application's secret, so that neither reveals anything about what is
 * bound.
 */
export const PREFIX = "ra1_";
export const ISSUED_AT_BYTES = 6;
export const NONCE_BYTES = 16;
export const TAG_BYTES = 24;
export const DIGEST_OFFSET: number = ISSUED_AT_BYTES + NONCE_BYTES;
export const MAC_OFFSET: number = DIGEST_OFFSET + TAG_BYTES;
export const SEALED_BYTES: number = MAC_OFFSET + TAG_BYTES;
/** The last character holds two bits of the last byte: another one with the same two would be a second name for the key. */
const SEALED_KEY = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{${Math.floor((SEALED_BYTES * 4) / 3)}}[AQgw]$`);

/** True for what looks like a sealed key, whoever minted it. */
export function isSealedKey(value: string): boolean {
  return SEALED_KEY.test(value);
}

/** A name for an approval that reveals nothing about it and cannot be used in its place: for ledgers, logs and replies. */
export function fingerprint(sealedKey: string): string {
  return hash("sha256", sealedKey, "base64url");
}
