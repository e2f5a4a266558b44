import { hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { createHmacSha256, type Hmac } from "../lib/hmac.ts";
import type { Part } from "../lib/length-prefixed.ts";
import type { Binding } from "./binding.ts";
import { createNonces } from "./nonces.ts";
import {
  isSealedKey,
  PREFIX,
  ISSUED_AT_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  DIGEST_OFFSET,
  MAC_OFFSET,
  SEALED_BYTES,
} from "./sealed-key.ts";

/** Whom and what a seal is for. */
export interface SealSubject {
  readonly userId: string;
  readonly action: string;
  /** The application's session, when the guard is configured to bind it. */
  readonly session: string | undefined;
  /** The fallback that decides; absent for the guard's own provider, whose keys do without. */
  readonly fallback?: string;
}

/** A seal that verified for its subject. */
export interface OpenSeal {
  readonly issuedAt: number;
  /** True when `binding` is what was sealed. */
  binds(binding: Binding): boolean;
}

export interface Sealer {
  /** Mints a key for this subject and binding; no two are equal. */
  mint(subject: SealSubject, binding: Binding): string;
  /** Opens a key, or answers `undefined` when it was not minted by us for this subject. */
  open(key: string, subject: SealSubject): OpenSeal | undefined;
}

interface SealKeys {
  readonly digest: Hmac;
  readonly mac: Hmac;
}

/** Creates a sealer. The first secret seals and all of them open, so that secrets rotate. */
export function createSealer(secrets: readonly (string | Uint8Array)[], clock: Clock): Sealer {
  const [sealing, ...retired] = secrets.map(deriveKeys);
  if (!sealing) throw new TypeError("a sealer needs a secret");
  const writeNonce = createNonces(NONCE_BYTES);
  return {
    mint(subject, binding) {
      const sealed = Buffer.allocUnsafe(SEALED_BYTES);
      sealed.writeUIntBE(clock.now(), 0, ISSUED_AT_BYTES);
      writeNonce(sealed, ISSUED_AT_BYTES);
      sealed.write(digestOf(sealing, binding), DIGEST_OFFSET, TAG_BYTES, "latin1");
      sealed.write(macOf(sealing, sealed, subject), MAC_OFFSET, TAG_BYTES, "latin1");
      return PREFIX + sealed.toString("base64url");
    },
    open(key, subject) {
      if (!isSealedKey(key)) return undefined;
      const sealed = Buffer.from(key.slice(PREFIX.length), "base64url");
      const mac = sealed.subarray(MAC_OFFSET);
      const keys = [sealing, ...retired].find((candidate) => isTag(macOf(candidate, sealed, subject), mac));
      if (!keys) return undefined;
      return {
        issuedAt: sealed.readUIntBE(0, ISSUED_AT_BYTES),
        binds: (binding) => isTag(digestOf(keys, binding), sealed.subarray(DIGEST_OFFSET, MAC_OFFSET)),
      };
    },
  };
}

function deriveKeys(secret: string | Uint8Array): SealKeys {
  const derive = (purpose: string): Hmac =>
    createHmacSha256(new Uint8Array(hkdfSync("sha256", secret, "", `require-action ${purpose} v1`, 32)));
  return { digest: derive("digest"), mac: derive("seal") };
}

function digestOf(keys: SealKeys, { canonical }: Binding): string {
  return keys.digest(canonical);
}

function macOf(keys: SealKeys, sealed: Buffer, { userId, action, session, fallback }: SealSubject): string {
  const parts: Part[] = [PREFIX, userId, action];
  if (session !== undefined) parts.push(session);
  // Two parts, as one would pass for a session.
  if (fallback !== undefined) parts.push("fallback", fallback);
  parts.push(sealed.subarray(0, MAC_OFFSET));
  return keys.mac(parts);
}

/** True when a digest begins with this tag; takes as long for any other. */
function isTag(digest: string, tag: Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(digest, "latin1").subarray(0, TAG_BYTES), tag);
}
