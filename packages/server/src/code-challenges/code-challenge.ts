import type { EngineTrackRequest } from "@require-action/engine/server";

/** A method that proves an address by a code. */
export type CodeMethod = "EMAIL_OTP" | "SMS";

/** What `track` will receive when the challenge is claimed. */
export type ClaimAttributes = Omit<EngineTrackRequest["attributes"], "idempotencyKey">;

/** A code sent to an address, for an action of a user who may not be known yet. */
export interface CodeChallenge {
  /** Secret of the application's backend: with the code, it verifies the address. */
  readonly challengeId: string;
  readonly verificationMethod: CodeMethod;
  /** The e-mail address or phone number. */
  readonly address: string;
  readonly action: string;
  readonly idempotencyKey: string;
  /** When set, nobody else can claim the challenge. */
  readonly userId?: string;
  readonly attributes: ClaimAttributes;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
