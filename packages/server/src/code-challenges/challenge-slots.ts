import { randomBytes } from "node:crypto";
import type { Clock } from "@require-action/core";
import type { Store } from "@require-action/engine";
import type { EngineTrackRequest } from "@require-action/engine/server";
import type { AuditEventType, ChallengeRecord } from "@require-action/engine/store";
import type { ServerKeys } from "../secrets/server-keys.ts";

/** A method that proves an address by a code. */
export type CodeMethod = keyof typeof addressFields;

/** Where users and authenticators have the address of a method. */
export const addressFields = { EMAIL_OTP: "email", SMS: "phoneNumber", WHATSAPP: "phoneNumber" } as const;

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

/** Where a challenge is kept: until its code is verified, and from then until it is claimed. */
type Slot = "pending" | "verified";

/** A challenge as the store has it. */
export interface StoredChallenge {
  readonly record: ChallengeRecord;
  readonly challenge: CodeChallenge;
  /** The keyed hash of the code; empty once verified. */
  readonly codeHash: string;
}

/** Keeps code challenges in the engine's store, beside its own challenges. */
interface ChallengeSlots {
  newId(action: string, userId: string | undefined): string;
  put(slot: Slot, challenge: CodeChallenge, codeHash: string, type: AuditEventType): Promise<void>;
  find(slot: Slot, challengeId: string): Promise<StoredChallenge | undefined>;
  /** Finds the last challenge of a user for an action. */
  findLast(slot: Slot, action: string, userId: string): Promise<StoredChallenge | undefined>;
  /** Takes a challenge away for good; true for one caller only. */
  take(stored: StoredChallenge): Promise<boolean>;
}

const NONCE_BYTES = 16;
const SCOPE_BYTES = 32;
/** Scope and nonce, in base64url. */
const CHALLENGE_ID = /^[\w-]{65}$/;
const SCOPE_LENGTH = 43;

export function createChallengeSlots(store: Store, clock: Clock, keys: () => ServerKeys): ChallengeSlots {
  /** Challenges of one user for one action have one scope, so that the last one can be found, and it alone is live. */
  const scopeOf = (action: string, userId: string): string => keys().hash("scope", [userId, action]);

  async function read(slot: Slot, scope: string): Promise<StoredChallenge | undefined> {
    const record = await store.findChallenge(scope, authenticatorId(slot), clock.now());
    if (record === undefined) return undefined;
    const { codeHash, ...details } = JSON.parse(record.expected) as Details;
    const { challengeId, expiresAt } = record;
    return { record, codeHash, challenge: { ...details, challengeId, expiresAt } };
  }

  return {
    newId(action, userId) {
      const scope = userId === undefined ? randomBytes(SCOPE_BYTES).toString("base64url") : scopeOf(action, userId);
      return scope + randomBytes(NONCE_BYTES).toString("base64url");
    },
    async put(slot, { challengeId, expiresAt, ...details }, codeHash, type) {
      const { action, userId, verificationMethod } = details;
      const at = clock.now();
      await store.putChallenge(
        {
          challengeId,
          userId: userId ?? "",
          actionId: scopeIn(challengeId),
          userAuthenticatorId: authenticatorId(slot),
          verificationMethod,
          // The engine's challenges lead to an action and an authenticator. These have neither yet, so they carry all of it.
          expected: JSON.stringify({ codeHash, ...details } satisfies Details),
          createdAt: at,
          expiresAt,
        },
        { type, at, action, verificationMethod, ...(userId === undefined ? {} : { userId }) },
      );
    },
    async find(slot, challengeId) {
      if (!CHALLENGE_ID.test(challengeId)) return undefined;
      const stored = await read(slot, scopeIn(challengeId));
      return stored?.challenge.challengeId === challengeId ? stored : undefined;
    },
    findLast: (slot, action, userId) => read(slot, scopeOf(action, userId)),
    take: ({ record }) => store.takeChallenge(record),
  };
}

type Details = Omit<CodeChallenge, "challengeId" | "expiresAt"> & { readonly codeHash: string };

function scopeIn(challengeId: string): string {
  return challengeId.slice(0, SCOPE_LENGTH);
}

function authenticatorId(slot: Slot): string {
  return `code-challenge:${slot}`;
}
