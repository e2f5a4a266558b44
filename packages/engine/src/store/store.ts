import type { ActionState, Awaitable } from "@require-action/core/provider";
import type { FigureStore } from "../figures/model/figure-records.ts";
import type { KeyParts } from "../lib/key-parts.ts";
import type { AuditEvent } from "./audit-event.ts";
import type {
  ActionFilter,
  AuditFilter,
  Page,
  PolicyFilter,
  ReviewCounts,
  ReviewFilter,
  ReviewScope,
  UserFilter,
} from "./filters.ts";
import type {
  ActionKey,
  ActionRecord,
  AuthenticatorChanges,
  AuthenticatorRecord,
  ChallengeRecord,
  DeviceRecord,
  OutboxRecord,
  PolicyMark,
  PolicyRecord,
  ReviewerRecord,
  SessionRecord,
  UserChanges,
  UserRecord,
} from "./records.ts";
import type { ApprovalRecord, ReceiptRecord, ReceiptStore, ReviewClaim, ReviewRecord } from "./receipt-records.ts";

export { joinKey, type KeyParts, splitKey } from "../lib/key-parts.ts";

/** One velocity counter to bump and read. Amounts count millionths, so that decimals add up in any store. */
export interface CounterBump {
  readonly key: KeyParts;
  readonly windowMs: number;
  /** Added before reading; 0 only reads. Never negative. */
  readonly amount: bigint;
}

/** The first trip of a decision. Only what is asked for need be read. */
export interface DecisionQuery {
  readonly key: ActionKey;
  readonly counters: readonly CounterBump[];
  readonly needsUser: boolean;
  /** The device whose record is needed. */
  readonly deviceId?: string | undefined;
  readonly needsDeviceCount: boolean;
  readonly now: number;
}

/** Either the action that is already there, with nothing bumped, or the facts. */
export interface DecisionFacts {
  readonly recorded: ActionRecord | undefined;
  /** Methods of the user's verified authenticators. */
  readonly enrolledVerificationMethods: readonly string[];
  /** True when the user completed a challenge before. */
  readonly hasVerified: boolean;
  /** The sums, in the order asked for, the present bump included. Empty when `recorded` is there. */
  readonly counters: readonly bigint[];
  readonly user?: UserRecord | undefined;
  readonly device?: DeviceRecord | undefined;
  /** How many devices of the user are known and not invalidated; when asked for. */
  readonly deviceCount?: number | undefined;
}

/** A move of an action, made only if it is in `from`. */
export interface Transition {
  readonly key: ActionKey;
  readonly from: ActionState;
  readonly to: ActionState;
  readonly at: number;
  readonly verificationMethod?: string;
  readonly verifiedByAuthenticatorId?: string;
  readonly approval?: ApprovalRecord;
  readonly resultKeyHash?: string;
  readonly deniedByUser?: true;
  readonly review?: ReviewRecord;
  /** Made only if the review has so many votes. */
  readonly ifVotes?: number;
  /** The device that the challenge was completed on. */
  readonly authenticatedDeviceId?: string;
}

/** The condition under which an enrolment is completed. */
export interface Activation {
  /** Refuse if the user has any other verified authenticator. */
  readonly onlyIfFirst: boolean;
  /** Take away the user's other authenticators of the same method. */
  readonly replacesOthers: boolean;
  readonly verifiedAt: number;
  readonly changes: AuthenticatorChanges;
}

/** The newest version of the policy, if there is any, and whether it is the one that was handed in. */
export interface AddedPolicy {
  readonly newest: PolicyRecord | undefined;
  readonly isNew: boolean;
}

/** What became of an attempt: whether it may be made, and when the window ends. */
export interface AttemptCount {
  readonly allowed: boolean;
  readonly endsAt: number;
}

/**
 * Where the engine keeps its state. **Each verb is one atomic step**: it checks and acts as one, so that any number of
 * processes may call at once. Records are values: what is handed in is not changed later, and what is handed out must
 * not be. A store that is full or out of reach throws, and the engine decides nothing. The two verbs of a decision may answer
 * at once: a store that waits for nothing then costs no timer and no promise.
 */
export interface Store extends ReceiptStore, FigureStore {
  /** A short name for logs and metrics. */
  readonly name: string;
  /** True while calls wait for a connection, all of which are in use, rather than for an answer. */
  isBusy?(): boolean;

  /**
   * Finds the action recorded under `key` and bumps nothing; or bumps the counters first and reads the facts, so that
   * parallel requests see each other.
   */
  gather(query: DecisionQuery): Awaitable<DecisionFacts>;
  /**
   * Records an action with its event and what `track` said about the user, unless there is one under its key already;
   * answers with the one that is there.
   */
  record(
    action: ActionRecord,
    user: UserChanges | undefined,
    event: AuditEvent,
    receipt?: ReceiptRecord,
  ): Awaitable<ActionRecord>;
  /** Finds an action, with `revokedUntil` of its user; `undefined` for one that was never tracked. */
  findAction(key: ActionKey): Promise<(ActionRecord & Pick<UserRecord, "revokedUntil">) | undefined>;
  /** Lists actions, newest first. */
  listActions(filter: ActionFilter): Promise<Page<ActionRecord>>;
  /**
   * Moves an action and records the event; `undefined`, and nothing changed, when it is not in `from`. An action that leaves
   * REVIEW_REQUIRED leaves its claim behind.
   */
  transition(
    change: Transition,
    event: AuditEvent,
    news?: readonly OutboxRecord[],
    receipts?: readonly ReceiptRecord[],
  ): Promise<ActionRecord | undefined>;

  /** Lists reviews. */
  listReviews(filter: ReviewFilter): Promise<Page<ActionRecord>>;
  /** Counts reviews by status, each up to `most`. */
  countReviews(scope: ReviewScope, most: number): Promise<ReviewCounts>;
  /**
   * Has a reviewer claim an open review, or claim it for longer; with an `until` that has passed, gives the claim up. `undefined`,
   * and nothing changed, when the action is not in REVIEW_REQUIRED, or somebody else's claim has not ended by `now`.
   */
  claimReview(key: ActionKey, claim: ReviewClaim, now: number): Promise<ActionRecord | undefined>;

  /** Finds a user; `undefined` for one that was never seen. */
  findUser(userId: string): Promise<UserRecord | undefined>;
  /** Lists users. */
  listUsers(filter: UserFilter): Promise<Page<UserRecord>>;
  /** Changes a user, creating it if need be. */
  updateUser(userId: string, changes: UserChanges, now: number): Promise<UserRecord>;
  /** Takes away the user with its authenticators, devices and challenges, and ends its sessions. Actions and audit stay. */
  deleteUser(
    userId: string,
    event: AuditEvent,
    news?: readonly OutboxRecord[],
    receipts?: readonly ReceiptRecord[],
  ): Promise<void>;

  /** Lists the devices on which the user completed a challenge. */
  listDevices(userId: string): Promise<readonly DeviceRecord[]>;
  /** Changes a device that is there; `undefined` when it is not. */
  updateDevice(
    userId: string,
    deviceId: string,
    changes: { readonly rememberedUntil?: number | null; readonly invalidatedAt?: number },
  ): Promise<DeviceRecord | undefined>;

  /** Adds an authenticator. An unfinished enrolment of the same user and method makes way. */
  addAuthenticator(authenticator: AuthenticatorRecord, event: AuditEvent): Promise<void>;
  /** All of the user's authenticators, oldest first. */
  listAuthenticators(userId: string): Promise<readonly AuthenticatorRecord[]>;
  /** The authenticator, of whichever user, that is this passkey. Only verified ones have a passkey. */
  findCredential(credentialId: string): Promise<AuthenticatorRecord | undefined>;
  /** Ids of the users who have a verified authenticator of this very address, in the order of their ids. */
  listOwners(
    address: { readonly email: string } | { readonly phoneNumber: string },
    limit: number,
  ): Promise<readonly string[]>;
  /**
   * Completes an enrolment; `undefined`, and nothing changed, when it is gone, the condition does not hold, or there is an
   * authenticator with the same passkey already.
   */
  activateAuthenticator(
    authenticator: AuthenticatorRecord,
    activation: Activation,
    event: AuditEvent,
    news?: readonly OutboxRecord[],
    receipts?: readonly ReceiptRecord[],
  ): Promise<AuthenticatorRecord | undefined>;
  /** Changes an authenticator if it is still at the version handed in; `undefined`, and nothing changed, otherwise. */
  updateAuthenticator(
    authenticator: AuthenticatorRecord,
    changes: AuthenticatorChanges,
  ): Promise<AuthenticatorRecord | undefined>;
  /** Takes an authenticator away; false when it was not there. */
  deleteAuthenticator(
    userId: string,
    userAuthenticatorId: string,
    event: AuditEvent,
    news?: readonly OutboxRecord[],
    receipts?: readonly ReceiptRecord[],
  ): Promise<boolean>;

  /**
   * Takes news that is due and not expired, the longest due first, and makes it due again at `until`: whoever took it has so long
   * to deliver it. Each is taken by one caller. Verbs with `news` put it there with what they do, unless it is there by its id.
   */
  takeOutbox(now: number, until: number, limit: number): Promise<readonly OutboxRecord[]>;
  /**
   * Takes away news that was delivered, or makes it due at `dueAt`. With `data` it is other news from then on, under the same id, of
   * which no delivery was begun.
   */
  settleOutbox(eventId: string, dueAt?: number, data?: OutboxRecord["data"]): Promise<void>;
  /** Puts news there that is of no other step, unless it is there by its id. */
  putOutbox(news: OutboxRecord): Promise<void>;

  /** Keeps a challenge. The one before for the same action and authenticator makes way. */
  putChallenge(challenge: ChallengeRecord, event: AuditEvent): Promise<void>;
  /** The live challenge for an action and authenticator. */
  findChallenge(actionId: string, userAuthenticatorId: string, now: number): Promise<ChallengeRecord | undefined>;
  /** Takes a challenge away for good; true for one caller only. */
  takeChallenge(challenge: ChallengeRecord): Promise<boolean>;

  /** Begins a session; false, and nothing kept, when there is or was one of the same action. */
  putSession(session: SessionRecord, event: AuditEvent): Promise<boolean>;
  /** Finds a session, one that has ended too. */
  findSession(sessionId: string): Promise<SessionRecord | undefined>;
  /**
   * Moves a session to its next generation; `undefined`, and nothing changed, when it is not at this one any more, or has ended
   * or expired at the time of the event.
   */
  refreshSession(sessionId: string, generation: number, event: AuditEvent): Promise<SessionRecord | undefined>;
  /** Lists the user's sessions that have neither ended nor expired, oldest first. */
  listSessions(userId: string, now: number): Promise<readonly SessionRecord[]>;
  /** Ends a session; false when it is not there or had ended. */
  endSession(sessionId: string, event: AuditEvent): Promise<boolean>;
  /** Ends all sessions of a user. */
  endSessions(userId: string, event: AuditEvent): Promise<void>;

  /**
   * Adds a version of the policy under the number after the newest, with its event, and answers with the newest then. Adds
   * nothing where the newest has this content already, nor where `expected` is given and is not the newest's number, 0 for none.
   */
  addPolicy(policy: Omit<PolicyRecord, "number">, event: AuditEvent, expected?: number): Promise<AddedPolicy>;
  /** The newest version of the policy, unless that is the one that is known. */
  findNewestPolicy(known?: PolicyMark): Promise<PolicyRecord | undefined>;
  /** Lists the versions of the policy, newest first. */
  listPolicies(filter: PolicyFilter): Promise<Page<PolicyRecord>>;

  /** Lists all reviewers, oldest first. */
  listReviewers(): Promise<readonly ReviewerRecord[]>;
  /** The reviewer of an id, or of a passkey's user handle. */
  findReviewer(
    by: { readonly reviewerId: string } | { readonly userHandle: string },
  ): Promise<ReviewerRecord | undefined>;
  /**
   * Puts a reviewer there with the event: a new one at version 1, and one that is there where it is at the version before; false,
   * and nothing changed, otherwise.
   */
  putReviewer(reviewer: ReviewerRecord, event: AuditEvent): Promise<boolean>;
  /** Takes a reviewer away; false when there is none. */
  deleteReviewer(reviewerId: string, event: AuditEvent): Promise<boolean>;

  /** Counts an attempt *before* it is made, and resolves to whether it is within `limit` for the window that the first one began. */
  countAttempt(key: KeyParts, limit: number, windowMs: number, now: number): Promise<AttemptCount>;
  /** Forgets the attempts that were counted under a key. */
  resetAttempts(key: KeyParts): Promise<void>;

  /** Adds to the audit trail. */
  appendEvent(event: AuditEvent): Promise<void>;
  /** Lists the audit trail, newest first. */
  listEvents(filter: AuditFilter): Promise<Page<AuditEvent>>;
}
