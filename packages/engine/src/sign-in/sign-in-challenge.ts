import { randomBytes } from "node:crypto";
import { isActionCode } from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import type { Keyring } from "../keys/keyring.ts";

const NONCE_BYTES = 16;
const MAX_LENGTH = 256;

/** What somebody who is not known yet is to sign. */
export interface SignInChallenge {
  /** All of it, as it travels: it is kept nowhere, since anybody may ask for one. */
  readonly challengeId: string;
  readonly action: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** No two challenges have the same one. */
  readonly nonce: string;
  /** A keyed hash of the rest, and what the passkey signs. Base64url. */
  readonly challenge: string;
}

export function mintSignInChallenge(keyring: Keyring, action: string, expiresAt: number): SignInChallenge {
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  const challenge = keyring.hashCode(hashedParts(action, expiresAt, nonce));
  return { challengeId: [action, expiresAt, nonce, challenge].join("."), action, expiresAt, nonce, challenge };
}

/** @throws EngineError `request_invalid` for what was not minted here, or has ended. */
export function readSignInChallenge(keyring: Keyring, challengeId: unknown, now: number): SignInChallenge {
  if (typeof challengeId === "string" && challengeId.length <= MAX_LENGTH) {
    const [action, end, nonce, challenge, ...rest] = challengeId.split(".");
    const expiresAt = Number(end);
    if (isActionCode(action) && nonce !== undefined && challenge !== undefined && rest.length === 0) {
      // The number has one text, too.
      const isOurs = String(expiresAt) === end && keyring.isHashOf(challenge, hashedParts(action, expiresAt, nonce));
      if (isOurs && expiresAt > now) return { challengeId, action, expiresAt, nonce, challenge };
    }
  }
  throw new EngineError(
    "request_invalid",
    "challengeId is missing, unknown, or has expired. Begin again with the action.",
  );
}

function hashedParts(action: string, expiresAt: number, nonce: string): readonly string[] {
  return ["sign-in-challenge", action, String(expiresAt), nonce];
}
