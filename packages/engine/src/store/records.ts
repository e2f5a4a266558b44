import type { ActionState, CustomValue, Outcome } from "@require-action/core/provider";
import type { FactValue } from "../policy/model/types.ts";
import type { EnrollingDevice, PasskeyCredential } from "../webauthn/passkey-options.ts";
import type { ApprovalRecord, Ceremony, ReviewClaim, ReviewRecord } from "./receipt-records.ts";

/** Facts as they are kept with an action: by variable, `null` for one that was asked for and not known. */
export type RecordedFacts = Readonly<Record<string, FactValue | null>>;

/** What identifies one action of one user. */
export interface ActionKey {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
}

/** The attributes that `track` was called with, as the engine keeps them. */
export interface RecordedAttributes {
  readonly redirectUrl?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly deviceId?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
  readonly locale?: string;
  /** Space-separated, as `add:authenticators`. */
  readonly scope?: string;
  /** The data points and bound fields, as they came. */
  readonly custom?: Readonly<Record<string, CustomValue>>;
}

/** A rule that matched, as it was when it did. */
export interface RecordedRule {
  readonly ruleId: string;
  readonly name: string;
  readonly description?: string;
  /** True when it matched by `whenUnknown`, as a fact was not known. */
  readonly isUnknown?: true;
  /** What the rule asked for; absent from records of before. */
  readonly type?: Outcome;
  /** Its conditions, as the policy writes them. Kept with actions that go to review, for whoever decides them. */
  readonly conditions?: unknown;
}

/** One tracked action. All times are milliseconds since the epoch. */
export interface ActionRecord extends ActionKey {
  /** Names the action in events, where its idempotency key must not be. */
  readonly actionId: string;
  readonly attributes: RecordedAttributes;
  readonly outcome: Outcome;
  readonly state: ActionState;
  readonly createdAt: number;
  readonly stateUpdatedAt: number;
  /** What matched, smallest priority first. */
  readonly rules: readonly RecordedRule[];
  readonly policyVersion: string;
  /** Names of the fields of `attributes.custom` that the user is shown, fixed when the action was decided; none when absent. */
  readonly shownFields?: readonly string[];
  /** Names of the fields of `attributes.custom` that the guard has bound; none when absent. Kept where something may be approved. */
  readonly boundFields?: readonly string[];
  /** Milliseconds from the call to the decision: facts and rules, not the writing of this record. Absent from records of before. */
  readonly decidedInMs?: number;
  /** Facts that rules saw and that the attributes do not hold, so that a changed policy can be tried on what has been. */
  readonly facts?: RecordedFacts;
  /** The methods that may complete the challenge, fixed when the action was decided; all when absent. */
  readonly allowedVerificationMethods?: readonly string[];
  readonly defaultVerificationMethod?: string;
  /** What the user was enrolled with, where the policy has `firstFactor: "before"`: other methods, and newer ones, do not approve. */
  readonly enrolledBefore?: readonly string[];
  /** For how many days a device may be remembered by the challenge of this action; it may not when absent. */
  readonly rememberDays?: number;
  /** The remembered device that stood in for the challenge, so that the action was allowed. */
  readonly rememberedDeviceId?: string;
  readonly verificationMethod?: string;
  readonly verifiedByAuthenticatorId?: string;
  /** Present once the action was approved. */
  readonly approval?: ApprovalRecord;
  /** SHA-256 of the key by which the browser that proved fetches the result again. */
  readonly resultKeyHash?: string;
  /** True once the user has said that they did not ask for it. Its state is then CHALLENGE_FAILED. */
  readonly deniedByUser?: true;
  readonly review?: ReviewRecord;
  readonly reviewClaim?: ReviewClaim;
}

/** What is known about a user. */
export interface UserRecord {
  readonly userId: string;
  readonly createdAt: number;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly phoneNumber?: string;
  readonly phoneNumberVerified?: boolean;
  readonly username?: string;
  readonly displayName?: string;
  readonly locale?: string;
  readonly custom?: Readonly<Record<string, CustomValue>>;
  /** What was begun until then, and is open or approved, is void. */
  readonly revokedUntil?: number;
}

/** A partial update of a user: what is absent stays, `null` takes away. */
export type UserChanges = {
  readonly [Field in Exclude<keyof UserRecord, "userId" | "createdAt">]?: UserRecord[Field] | null;
};

/** A device of a user. It is there once a challenge was completed on it. */
export interface DeviceRecord {
  readonly userId: string;
  readonly deviceId: string;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly lastVerificationMethod?: string;
  readonly rememberedUntil?: number;
  readonly invalidatedAt?: number;
}

/** Something a user can prove possession of. Not verified until its enrolment is completed. */
export interface AuthenticatorRecord {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  readonly createdAt: number;
  readonly verifiedAt?: number;
  readonly lastVerifiedAt?: number;
  /** Rises with each change; updates name the version they were made from. */
  readonly version: number;
  readonly email?: string;
  readonly phoneNumber?: string;
  /** While not verified: the action under whose token it is being enrolled, and until when that may be completed. */
  readonly enrollment?: { readonly actionId: string; readonly expiresAt: number };
  /** The authenticator app's secret, encrypted by the engine. */
  readonly sealedSecret?: string;
  /** The last step of the authenticator app that was accepted. */
  readonly lastStep?: number;
  /** Keyed hashes of the recovery codes that are left. */
  readonly codeHashes?: readonly string[];
  /** The user as the passkey knows them, there before the passkey is. */
  readonly userHandle?: string;
  readonly credential?: PasskeyCredential;
  /** Where a passkey or a security key was enrolled, as far as that is known. */
  readonly enrolledOn?: EnrollingDevice;
  /** What its owner calls it, as they wrote it. */
  readonly name?: string;
}

/** The part of an authenticator that using or naming it may change. */
export type AuthenticatorChanges = Partial<
  Pick<AuthenticatorRecord, "lastVerifiedAt" | "lastStep" | "codeHashes" | "sealedSecret" | "credential" | "name">
>;

/** A user's session with one client of the application. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly userId: string;
  /** The action whose approval began it. An approval begins one session. */
  readonly actionId: string;
  /** Whom its access tokens are for. */
  readonly clientId: string;
  readonly verificationMethod: string;
  /** Rises with each refresh. Tokens name the generation that they belong to. */
  readonly generation: number;
  readonly createdAt: number;
  /** Ends then, however often it is refreshed. */
  readonly expiresAt: number;
  /** When it was last refreshed. */
  readonly refreshedAt?: number;
  /** When it was revoked. */
  readonly endedAt?: number;
  /** `device` for a remembered device, `console` for a reviewer who is signed in; absent for a session with access tokens. */
  readonly kind?: "device" | "console";
  /** Of a remembered device: the authenticator that was proved, without which it counts for nothing. */
  readonly userAuthenticatorId?: string;
  /** Of `console`: who it is. The session is of no user. */
  readonly reviewer?: SignedInReviewer;
}

/** What a reviewer may do in the console. Each may do what those before may. */
export type ReviewerRole = "look" | "decide" | "administer";

/**
 * Somebody who decides reviews. Reviewers are no users: their ids, passkeys and sessions are names of their own, and a user with
 * the same id is somebody else.
 */
export interface ReviewerRecord {
  readonly reviewerId: string;
  readonly role: ReviewerRole;
  /** Accounts of this very person among the application's users, whose actions somebody else has to decide. */
  readonly userIds: readonly string[];
  /** The reviewer as passkeys know them. No two reviewers have the same one. Base64url. */
  readonly userHandle: string;
  readonly passkeys: readonly ReviewerPasskey[];
  /** The link by which a passkey can be added, once. */
  readonly invitation?: ReviewerInvitation;
  readonly createdAt: number;
  /** From 1; rises with each change, which names the version that it was made from. */
  readonly version: number;
  /** A keyed hash of all that gives authority, which whoever writes to a database cannot make. */
  readonly seal: string;
}

/** A passkey of a reviewer. */
export interface ReviewerPasskey {
  readonly credential: PasskeyCredential;
  /** What its owner calls it. */
  readonly name?: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
}

/** A link that was handed out, of which the store has hashes. */
export interface ReviewerInvitation {
  readonly tokenHash: string;
  readonly expiresAt: number;
  /** The browser that opened it first, after which it is no other's. */
  readonly browserHash?: string;
}

/** Somebody's account at an OpenID Connect provider, as its ID token has it. */
export interface ReviewerIdentity {
  readonly issuer: string;
  /** Names the account within the issuer; no address, which may become somebody else's. */
  readonly subject: string;
  /** Of the account's groups at sign-in, those that say what a reviewer may do. */
  readonly groups: readonly string[];
}

/** The reviewer of a session of the console. */
export interface SignedInReviewer {
  readonly reviewerId: string;
  /** The passkey that was used; absent where it was something else. */
  readonly credentialId?: string;
  /** The account at an identity provider that was proved; absent where it was something else. */
  readonly identity?: ReviewerIdentity;
  /** A keyed hash over the session's secret, which the store does not have, and what was proved. */
  readonly proof: string;
  /** From where, as far as the server sees it. */
  readonly address?: string;
  readonly userAgent?: string;
}

/** News of the engine for other systems, kept until it was delivered. */
export interface OutboxRecord {
  /** The same for each delivery. */
  readonly eventId: string;
  /** Authsignal's word for it, as `authenticator.created`. */
  readonly type: string;
  readonly createdAt: number;
  /** Delivered no earlier. */
  readonly dueAt: number;
  /** Given up then. */
  readonly expiresAt: number;
  /** Deliveries that were begun. */
  readonly attempts: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A version of the policy, as it was published. */
export interface PolicyRecord {
  /** From 1, without gaps, in the order in which versions were published. */
  readonly number: number;
  /** Identifies the content: the `policyVersion` of the decisions that were made by it. */
  readonly version: string;
  /** The format of the language that it is written in. */
  readonly format: number;
  /** JSON or YAML text. */
  readonly source: string;
  readonly publishedAt: number;
  /** Who published it, where that was said. */
  readonly publishedBy?: string;
}

/** What a version of the policy is known by. */
export type PolicyMark = Pick<PolicyRecord, "number" | "version">;

/** Something that was asked and can be answered once. */
export interface ChallengeRecord {
  readonly challengeId: string;
  readonly userId: string;
  readonly actionId: string;
  /** The authenticator that was asked; the method's name when any of the user's will do. */
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  /** What the answer is compared with: a keyed hash of a code, never the code; for a passkey, what it is to sign. */
  readonly expected: string;
  /** What a right answer approves; absent for an enrolment. */
  readonly ceremony?: Ceremony;
  readonly createdAt: number;
  readonly expiresAt: number;
}
