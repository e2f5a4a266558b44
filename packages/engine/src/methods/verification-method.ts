import type { Awaitable } from "@require-action/core/adapter";
import type { AuditEvent } from "../store/audit-event.ts";
import type {
  ActionRecord,
  AuthenticatorChanges,
  AuthenticatorRecord,
  ChallengeRecord,
  UserRecord,
} from "../store/records.ts";
import type { CeremonyMistake } from "../webauthn/client-data.ts";
import type { PasskeyAssertion } from "../webauthn/passkey-response.ts";
import type { EnrollingDevice, PasskeyCreationOptions, PasskeyRequestOptions } from "../webauthn/passkey-options.ts";

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
export interface EnrollmentRequest {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly user: UserRecord | undefined;
  /** All that the user has. */
  readonly authenticators: readonly AuthenticatorRecord[];
  /** What the client sent, unread. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Whence it is enrolled, where users do so themselves. */
  readonly enrolledOn?: EnrollingDevice;
}

/** A new authenticator's own fields, and what its owner receives. */
interface EnrollmentStart {
  readonly fields: Pick<
    AuthenticatorRecord,
    "email" | "phoneNumber" | "sealedSecret" | "codeHashes" | "userHandle" | "enrolledOn"
  >;
  readonly reply: Readonly<Record<string, string>>;
  /** Prepares this enrolment's question, where it differs from a challenge's. */
  readonly ask?: (question: Question) => PreparedQuestion;
}

type Purpose = "challenge" | "enrollment";

export type Candidates = readonly [AuthenticatorRecord, ...AuthenticatorRecord[]];

/** A question to be put to the user. */
interface Question {
  readonly challengeId: string;
  /** Those of the user that may answer; one, unless the method leaves the choice to the user. */
  readonly authenticators: Candidates;
  readonly action: ActionRecord;
  readonly purpose: Purpose;
  /** Of what a right answer approves, 32 bytes in base64url; absent for an enrolment. */
  readonly digest: string | undefined;
  /** The language for whoever is asked, where it is known. */
  readonly locale: string | undefined;
  /** The id of the token by which it is asked. */
  readonly askerId: string;
  readonly expiresAt: number;
}

/** What a client needs to have a question answered, besides its id. */
export interface QuestionReply {
  /** For the browser's credential API, in its JSON form. */
  readonly options?: PasskeyCreationOptions | PasskeyRequestOptions;
  /** For a magic link: show it, as the reader of the link is asked for it. */
  readonly matchingNumber?: string;
}

/** A question ready to be asked. */
interface PreparedQuestion {
  /** What the answer will be compared with; kept by the store. */
  readonly expected: string;
  /** Brings it to the user by a way of its own, once it is kept. @throws EngineError `delivery_failed` */
  readonly deliver?: () => Promise<void>;
  readonly reply?: QuestionReply;
}

/** An answer to verify. */
interface Answer<Response> {
  readonly authenticator: AuthenticatorRecord;
  readonly response: Response;
  /** The live question, for methods that ask one. */
  readonly challenge: ChallengeRecord | undefined;
  readonly now: number;
}

/** What a right answer changes in its authenticator; for a wrong one the reason, which only the audit trail learns. */
export type Evaluation = AuthenticatorChanges | "answer_wrong" | "answer_used" | CeremonyMistake;

/** One way to prove oneself. All that methods differ in is here; counting, single use and states are the engine's. */
export interface VerificationMethod<Response = unknown> {
  /** Authsignal's word for it, as `AUTHENTICATOR_APP`. */
  readonly name: string;
  readonly strength: Strength;
  /** True for a method that stands in for a lost authenticator: having it is not being enrolled. */
  readonly isBackup: boolean;
  /** True for answers of so few that guessing them pays: wrong ones are counted over all that the user has. */
  readonly isGuessable: boolean;
  /** True when a new authenticator takes the place of the user's last one of this method. */
  readonly isSingle: boolean;
  /** Where a user has the address that this method sends to. */
  readonly addressField?: "email" | "phoneNumber";
  /** True when any answer uses the question up, a wrong one too: it is not one that is mistyped. */
  readonly takesOneAnswer: boolean;
  /** Begins an enrolment; absent when users cannot enrol this by themselves. @throws EngineError `request_invalid` */
  readonly enroll?: (request: EnrollmentRequest) => EnrollmentStart;
  /** Takes over an authenticator that the application's backend vouches for. @throws EngineError `request_invalid` */
  readonly adopt?: (request: EnrollmentRequest) => EnrollmentStart["fields"];
  /** Prepares a question; absent when the user can answer without being asked. */
  readonly ask?: (question: Question) => PreparedQuestion;
  /** True for a response that could be an answer at all; anything else is refused before it counts as an attempt. */
  isResponse(response: unknown): response is Response;
  /** Returns what a response answers; absent when it does not show, and then an enrolment under way comes first. */
  purposeOf?(response: Response): Purpose;
  /** The part of an answer by which the user's device has signed the digest of the question; absent where only the engine can say. */
  signedPart?(response: Response): PasskeyAssertion | undefined;
  /** Finds the authenticator that gave a response, where users may have several. */
  choose?(response: Response, authenticators: Candidates): AuthenticatorRecord | undefined;
  /** True once the answer has come, for a method whose answer comes by another way than from the bearer, who asks for it. */
  isAnswered?(challenge: ChallengeRecord, askerId: string): boolean;
  /** Judges an answer. What it says to change makes that the answer is of use only once. */
  verify(answer: Answer<Response>): Awaitable<Evaluation>;
}

/** The methods that an engine knows, by name. */
export type VerificationMethods = ReadonlyMap<string, VerificationMethod>;

/** The authenticators that an enrolment replaces, as its event names them. */
export function replacedBy(
  method: VerificationMethod,
  authenticators: readonly AuthenticatorRecord[],
): Pick<AuditEvent, "replacedAuthenticatorIds"> {
  if (!method.isSingle) return {};
  const replaced = authenticators.filter(
    ({ verificationMethod, verifiedAt }) => verificationMethod === method.name && verifiedAt !== undefined,
  );
  if (replaced.length === 0) return {};
  return { replacedAuthenticatorIds: replaced.map(({ userAuthenticatorId }) => userAuthenticatorId) };
}
