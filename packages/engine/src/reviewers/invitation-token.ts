import { createHash, randomBytes } from "node:crypto";
import type { ReviewerRecord } from "../store/records.ts";

const SECRET_BYTES = 32;
const INVITATION_MS = 24 * 60 * 60_000;

/** Makes the token of an invitation, and what is kept of it. */
export function mintInvitation(now: number): { readonly secret: string; readonly expiresAt: number } {
  return { secret: randomBytes(SECRET_BYTES).toString("base64url"), expiresAt: now + INVITATION_MS };
}

/** Names its reviewer by the handle, and proves itself by the secret. */
export function invitationToken({ userHandle }: ReviewerRecord, secret: string): string {
  return `${userHandle}.${secret}`;
}

/** What is kept of a token. */
export function tokenHashOf(token: string): string {
  return hashOf(token.slice(token.indexOf(".") + 1));
}

/** A secret of 32 random bytes needs no more than that nobody reads it back. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
