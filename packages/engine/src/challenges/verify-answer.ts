import type { Authenticator } from "../users/authenticators.ts";
import type { Attempts } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import type { Evaluation, VerificationMethod } from "../methods/verification-method.ts";
import type { ActionRecord, AuthenticatorChanges, AuthenticatorRecord, ChallengeRecord } from "../store/records.ts";

/** Rounds in which others may change the authenticator at the same time before an answer counts as wrong. */
const ROUNDS = 3;

/** The outcome of an answer to a challenge or an enrolment. */
export interface Verification {
  readonly isVerified: boolean;
  /** The result token, when a challenge was completed: by an answer, or by enrolling the user's first authenticator under it. */
  readonly accessToken?: string;
  /** Alike for a wrong, an expired, a used and an unknown code. */
  readonly failureReason?: "CODE_INVALID_OR_EXPIRED";
  /** The authenticator that completed the challenge. */
  readonly userAuthenticatorId?: string;
  readonly userId?: string;
  /** The authenticator, when an enrolment was completed. */
  readonly userAuthenticator?: Authenticator;
  /** Codes for the user to keep, shown this once. */
  readonly recoveryCodes?: readonly string[];
}

/** A right answer: what it changes in its authenticator, and the question that it used up. */
interface Evidence {
  readonly changes: AuthenticatorChanges;
  readonly challenge: ChallengeRecord | undefined;
}

/** Judges answers: counted first, compared then, and of use once. */
export interface AnswerVerifier {
  /**
   * Returns what a right answer changes in the authenticator, and `undefined` for a wrong one. The question it answered is
   * used up.
   * @throws EngineError `too_many_attempts`
   */
  verify(
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    action: ActionRecord,
    response: unknown,
  ): Promise<Evidence | undefined>;
  /** Refuses an answer of an authenticator that is not the user's. The question is used up. */
  dismiss(method: VerificationMethod, action: ActionRecord): Promise<void>;
  /** Makes the change, so that the same answer is wrong from now on; `undefined` when another was faster with it. */
  use(
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    evidence: Evidence,
    response: unknown,
  ): Promise<AuthenticatorRecord | undefined>;
}

/** Whom a method's question is put to: one authenticator, or any of the user's where they may have several. */
export function challengedId(
  { name, isSingle }: VerificationMethod,
  { userAuthenticatorId, verifiedAt }: Pick<AuthenticatorRecord, "userAuthenticatorId" | "verifiedAt">,
): string {
  return isSingle || verifiedAt === undefined ? userAuthenticatorId : name;
}

export function createAnswerVerifier({ store, clock, audit }: EngineContext, attempts: Attempts): AnswerVerifier {
  return {
    async verify(method, authenticator, action, response) {
      const now = clock.now();
      const { userId, action: code, actionId } = action;
      const { userAuthenticatorId } = authenticator;
      const challenge =
        method.ask === undefined
          ? undefined
          : await store.findChallenge(actionId, challengedId(method, authenticator), now);
      // What can fail without the user's doing comes before the count; the comparison comes right after it.
      await attempts.countAnswer(authenticator, action.attributes);
      const take = async (): Promise<boolean> => challenge === undefined || store.takeChallenge(challenge);
      let evaluation: Evaluation = "answer_used";
      if (!method.takesOneAnswer || (await take())) {
        evaluation = await method.verify({ authenticator, response, challenge, now });
      }
      if (typeof evaluation !== "string" && !method.takesOneAnswer && !(await take())) evaluation = "answer_used";
      const isRight = typeof evaluation !== "string";
      if (!isRight) await attempts.countWrong(authenticator, action.attributes);
      await audit.append({
        type: isRight ? "challenge.verified" : "challenge.refused",
        at: now,
        userId,
        action: code,
        actionId,
        verificationMethod: method.name,
        userAuthenticatorId,
        ...(typeof evaluation === "string" ? { reason: evaluation } : {}),
      });
      return typeof evaluation === "string" ? undefined : { changes: evaluation, challenge };
    },
    async dismiss(method, { userId, action, actionId }) {
      const now = clock.now();
      const challenge = await store.findChallenge(actionId, method.name, now);
      if (challenge !== undefined) await store.takeChallenge(challenge);
      await audit.append({
        type: "challenge.refused",
        at: now,
        userId,
        action,
        actionId,
        verificationMethod: method.name,
        reason: "credential_unknown",
      });
    },
    async use(method, authenticator, { changes, challenge }, response) {
      let current: AuthenticatorRecord | undefined = authenticator;
      let evaluation: Evaluation = changes;
      for (let round = 0; round < ROUNDS && typeof evaluation !== "string"; round++) {
        const now = clock.now();
        const used = await store.updateAuthenticator(current, { ...evaluation, lastVerifiedAt: now });
        if (used !== undefined) return used;
        const { userId, userAuthenticatorId } = authenticator;
        current = (await store.listAuthenticators(userId)).find(
          (one) => one.userAuthenticatorId === userAuthenticatorId && one.verifiedAt !== undefined,
        );
        if (current === undefined) return undefined;
        // Changed meanwhile: verified anew, by what is there now.
        evaluation = await method.verify({ authenticator: current, response, challenge, now });
      }
      return undefined;
    },
  };
}
