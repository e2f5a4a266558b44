import type {
  StoredAction,
  StoredAuthenticator,
  StoredChallenge,
  StoredCredential,
  StoredEvent,
} from "./stored-records.ts";

/** When the suite's records are from: recent, as some stores look at how old a record is. */
export const START: number = Date.UTC(2026, 0, 15, 12);

export function makeEvent(change: Partial<StoredEvent> = {}): StoredEvent {
  return { type: "action.tracked", at: START, ...change };
}

export function makeAction(idempotencyKey: string, change: Partial<StoredAction> = {}): StoredAction {
  return {
    userId: "alice",
    action: "pay",
    idempotencyKey,
    actionId: `id-${idempotencyKey}`,
    attributes: {},
    outcome: "CHALLENGE",
    state: "CHALLENGE_REQUIRED",
    createdAt: START,
    stateUpdatedAt: START,
    rules: [],
    policyVersion: "1",
    ...change,
  };
}

export function makeAuthenticator(id: string, change: Partial<StoredAuthenticator> = {}): StoredAuthenticator {
  return {
    userId: "alice",
    userAuthenticatorId: id,
    verificationMethod: "AUTHENTICATOR_APP",
    createdAt: START,
    version: 0,
    ...change,
  };
}

export function makeCredential(credentialId: string): StoredCredential {
  return {
    credentialId,
    publicKey: "key",
    userHandle: "handle",
    signCount: 0,
    aaguid: "00000000-0000-0000-0000-000000000000",
    backupEligible: false,
    backedUp: false,
    transports: ["internal"],
  };
}

export function makeChallenge(challengeId: string, change: Partial<StoredChallenge> = {}): StoredChallenge {
  return {
    challengeId,
    userId: "alice",
    actionId: "id-1",
    userAuthenticatorId: "1",
    verificationMethod: "EMAIL_OTP",
    expected: "hash",
    createdAt: START,
    expiresAt: START + 1_000,
    ...change,
  };
}

/** Texts that a careless store mixes up. */
export const LOOKALIKES: readonly string[] = [
  "a:b",
  "a",
  "A",
  "b",
  "a b",
  "ab",
  "a'b",
  'a"b',
  "\u00e9",
  "e\u0301",
  "%",
  "_",
  "\uff41",
];
