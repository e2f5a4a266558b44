import type { PasskeyAssertion } from "../webauthn/passkey-response.ts";

/** One try at an approval, and what it is about. */
export interface Ceremony {
  /** What is to be approved, as canonical JSON (RFC 8785). */
  readonly statement: string;
  /** Random bytes of this try alone, base64url. */
  readonly nonce: string;
  /** The text that the user was shown, whose hash is in the statement; absent where none was. */
  readonly shownText?: string;
}

/** How an action came to be approved, for others to verify. */
export interface ApprovalRecord extends Ceremony {
  /** SHA-256, base64url, of `require-action/approve/1` and NUL, the statement and the bytes of the nonce. */
  readonly digest: string;
  /** What the user's passkey has signed, with the digest as its challenge; absent where only the engine attests the approval. */
  readonly assertion?: PasskeyAssertion;
}
