import type { Store } from "@require-action/engine";
import type { ReviewerRecord } from "@require-action/engine/reviewers";
import type {
  ActionRecord,
  AuditEvent,
  AuthenticatorRecord,
  ChallengeRecord,
  PasskeyCredential,
  PolicyRecord,
  SessionRecord,
} from "@require-action/engine/store";
import { LOOKALIKES, type OpenHarness } from "../suite/conformance-case.ts";

/** A store of the engine under test, empty. */
export interface StoreHarness extends OpenHarness {
  readonly store: Store;
  /** Another connection to the same store, as another process has it; `store` itself where a store serves one process only. */
  readonly other: Store;
}

/** Calls over both connections at once, so many times. */
export function atOnce<Answer>(
  { store, other }: StoreHarness,
  times: number,
  call: (store: Store, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => call(index % 2 ? store : other, index)));
}

/** A record to compare: stores may hand out frozen ones, and data points without a prototype. */
export function plain(record: unknown): unknown {
  return structuredClone(record);
}

/** When the suite's records are from: recent, as some stores look at how old a record is. */
export const START: number = Date.UTC(2026, 0, 15, 12);

export function makeEvent(change: Partial<AuditEvent> = {}): AuditEvent {
  return { type: "action.tracked", at: START, ...change };
}

export function makeAction(idempotencyKey: string, change: Partial<ActionRecord> = {}): ActionRecord {
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

export function makeAuthenticator(id: string, change: Partial<AuthenticatorRecord> = {}): AuthenticatorRecord {
  return {
    userId: "alice",
    userAuthenticatorId: id,
    verificationMethod: "AUTHENTICATOR_APP",
    createdAt: START,
    version: 0,
    ...change,
  };
}

export function makeCredential(credentialId: string): PasskeyCredential {
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

export function makeChallenge(challengeId: string, change: Partial<ChallengeRecord> = {}): ChallengeRecord {
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

export function makeSession(sessionId: string, change: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId,
    userId: "alice",
    actionId: `id-${sessionId}`,
    clientId: "web",
    verificationMethod: "PASSKEY",
    generation: 1,
    createdAt: START,
    expiresAt: START + 1_000,
    ...change,
  };
}

export function makePolicy(version: string, change: Partial<PolicyRecord> = {}): Omit<PolicyRecord, "number"> {
  return { version, format: 1, source: `actions: {} # ${version}`, publishedAt: START, ...change };
}

export function makeReviewer(reviewerId: string, change: Partial<ReviewerRecord> = {}): ReviewerRecord {
  return {
    reviewerId,
    role: "decide",
    userIds: [],
    userHandle: `handle-${reviewerId}`,
    passkeys: [],
    createdAt: START,
    version: 1,
    seal: "seal",
    ...change,
  };
}

/** Texts that a careless store mixes up, those that SQL gives a meaning among them. */
export const TEXTS: readonly string[] = [...LOOKALIKES, 'a"b', "%", "_", "\uff41"];
