import type {
  ActionRecord,
  AuthenticatorChanges,
  AuthenticatorRecord,
  ChallengeRecord,
  UserRecord,
} from "../store/records.ts";

/**
 * How much a method proves. `high`: not to be phished. `medium`: something that only its owner has. `low`: whoever reads
 * the mailbox or holds the number has it.
 */
export type Strength = "low" | "medium" | "high";

const strengths: readonly Strength[] = ["low", "medium", "high"];

/** Orders strengths: negative when `one` is weaker than `other`. */
export function compareStrength(one: Strength, other: Strength): number {
  return strengths.indexOf(one) - strengths.indexOf(other);
}

/** What is known when an enrolment begins. */
interface EnrollmentRequest {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly user: UserRecord | undefined;
  /** What the client sent, unread. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A new authenticator's own fields, and what its owner is told. */
interface EnrollmentStart {
  readonly fields: Pick<AuthenticatorRecord, "email" | "phoneNumber" | "sealedSecret" | "codeHashes">;
  readonly reply: Readonly<Record<string, string>>;
}

/** A question to be put to the user. */
interface Question {
  readonly challengeId: string;
  readonly authenticator: AuthenticatorRecord;
  readonly action: ActionRecord;
  readonly purpose: "challenge" | "enrollment";
  readonly expiresAt: number;
}

/** A question ready to be asked. */
interface PreparedQuestion {
  /** What the answer will be compared with; kept by the store. */
  readonly expected: string;
  /** Brings it to the user, once it is kept. @throws EngineError `delivery_failed` */
  readonly deliver: () => Promise<void>;
}

/** An answer to be judged. */
interface Answer {
  readonly authenticator: AuthenticatorRecord;
  readonly response: string;
  /** The live question, for methods that ask one. */
  readonly challenge: ChallengeRecord | undefined;
  readonly now: number;
}

/** One way to prove oneself. All that methods differ in is here; counting, single use and states are the engine's. */
export interface VerificationMethod {
  /** Authsignal's word for it, as `AUTHENTICATOR_APP`. */
  readonly name: string;
  readonly strength: Strength;
  /** True for a method that stands in for a lost authenticator: having it is not being enrolled. */
  readonly isBackup: boolean;
  /** True when a new authenticator takes the place of the user's last one of this method. */
  readonly isSingle: boolean;
  /** Begins an enrolment; absent when users cannot enrol this by themselves. @throws EngineError `request_invalid` */
  readonly enroll?: (request: EnrollmentRequest) => EnrollmentStart;
  /** Takes over an authenticator that the application's backend vouches for. @throws EngineError `request_invalid` */
  readonly adopt?: (request: EnrollmentRequest) => EnrollmentStart["fields"];
  /** Prepares a question; absent when the user can answer without being asked. */
  readonly ask?: (question: Question) => PreparedQuestion;
  /** True for a response that could be an answer at all; anything else is refused before it counts as an attempt. */
  isResponse(response: unknown): response is string;
  /**
   * Judges an answer. Answers with what to change in the authenticator, so that the answer is of use only once;
   * `undefined` when it is wrong.
   */
  verify(answer: Answer): AuthenticatorChanges | undefined;
}

/** The methods that an engine knows, by name. */
export type VerificationMethods = ReadonlyMap<string, VerificationMethod>;
