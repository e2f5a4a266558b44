import { isActionCode } from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import type { Keyring } from "../keys/keyring.ts";
import { digestOf, signInCeremony } from "../receipts/statement.ts";
import type { Ceremony } from "../store/receipt-records.ts";

/** An idempotency key has up to 256 bytes, and a third more in base64url. */
const MAX_LENGTH = 640;

/** What somebody who is not known yet is to sign. */
export interface SignInChallenge {
  /** All of it, as it travels: it is kept nowhere, since anybody may ask for one. */
  readonly challengeId: string;
  readonly action: string;
  /** The tracked action that is to be completed; without it, a new one. */
  readonly idempotencyKey?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What is approved by it. No two challenges have the same nonce. */
  readonly ceremony: Ceremony;
  /** The digest of that, which the passkey signs. Base64url. */
  readonly challenge: string;
}

/** Who mints challenges: its name, and its keys. */
export interface SignInTerms {
  readonly issuer: string;
  readonly keyring: Keyring;
}

export function mintSignInChallenge(
  { issuer, keyring }: SignInTerms,
  action: string,
  idempotencyKey: string | undefined,
  expiresAt: number,
): SignInChallenge {
  const about = idempotencyKey === undefined ? { action } : { action, idempotencyKey };
  const ceremony = signInCeremony(issuer, about);
  const { nonce } = ceremony;
  const mac = keyring.hashCode(hashedParts(action, expiresAt, nonce, idempotencyKey));
  const key = textOf(idempotencyKey);
  const challengeId = [action, expiresAt, nonce, mac, ...(key === undefined ? [] : [key])].join(".");
  return { challengeId, ...about, expiresAt, ceremony, challenge: digestOf(ceremony) };
}

/** @throws EngineError `request_invalid` for what was not minted here, or has ended. */
export function readSignInChallenge(
  { issuer, keyring }: SignInTerms,
  challengeId: unknown,
  now: number,
): SignInChallenge {
  if (typeof challengeId === "string" && challengeId.length <= MAX_LENGTH) {
    const [action, end, nonce, mac, key, ...rest] = challengeId.split(".");
    const expiresAt = Number(end);
    if (isActionCode(action) && nonce !== undefined && mac !== undefined && rest.length === 0) {
      const idempotencyKey = key === undefined ? undefined : Buffer.from(key, "base64url").toString();
      const parts = hashedParts(action, expiresAt, nonce, idempotencyKey);
      // The number and the key have one text each, too.
      const isWritten = String(expiresAt) === end && key === textOf(idempotencyKey);
      if (isWritten && keyring.isHashOf(mac, parts) && expiresAt > now) {
        const about = idempotencyKey === undefined ? { action } : { action, idempotencyKey };
        const ceremony = signInCeremony(issuer, about, nonce);
        return { challengeId, ...about, expiresAt, ceremony, challenge: digestOf(ceremony) };
      }
    }
  }
  throw new EngineError(
    "request_invalid",
    "challengeId is missing, unknown, or has expired. Begin again with the action.",
  );
}

function textOf(idempotencyKey: string | undefined): string | undefined {
  return idempotencyKey === undefined ? undefined : Buffer.from(idempotencyKey).toString("base64url");
}

function hashedParts(
  action: string,
  expiresAt: number,
  nonce: string,
  idempotencyKey: string | undefined,
): readonly string[] {
  const key = idempotencyKey === undefined ? [] : [idempotencyKey];
  return ["sign-in-challenge", action, String(expiresAt), nonce, ...key];
}
