import type { Attempts } from "./attempts.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Judgement, VerificationMethod } from "./methods/verification-method.ts";
import type { ActionRecord, AuthenticatorChanges, AuthenticatorRecord, ChallengeRecord } from "./store/records.ts";

/** Rounds in which others may change the authenticator at the same time before an answer counts as wrong. */
const ROUNDS = 3;

/** A right answer: what it changes in its authenticator, and the question that it used up. */
interface Evidence {
  readonly changes: AuthenticatorChanges;
  readonly challenge: ChallengeRecord | undefined;
}

/** Judges answers: counted first, compared then, and of use once. */
export interface Judge {
  /**
   * Tells what a right answer changes in the authenticator, and `undefined` for a wrong one. The question it answered is
   * used up.
   * @throws EngineError `too_many_attempts`
   */
  judge(
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    action: ActionRecord,
    response: unknown,
  ): Promise<Evidence | undefined>;
  /** Refuses an answer of an authenticator that is not the user's. The question is used up. */
  dismiss(method: VerificationMethod, action: ActionRecord): Promise<void>;
  /** Makes the change, so that the same answer is wrong from now on; false when another was faster with it. */
  use(
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    evidence: Evidence,
    response: unknown,
  ): Promise<boolean>;
}

/** Whom a method's question is put to: one authenticator, or any of the user's where they may have several. */
export function askedOf(
  { name, isSingle }: VerificationMethod,
  { userAuthenticatorId, verifiedAt }: Pick<AuthenticatorRecord, "userAuthenticatorId" | "verifiedAt">,
): string {
  return isSingle || verifiedAt === undefined ? userAuthenticatorId : name;
}

export function createJudge({ store, clock, audit }: EngineContext, attempts: Attempts): Judge {
  return {
    async judge(method, authenticator, action, response) {
      const now = clock.now();
      const { userId, action: code, actionId } = action;
      const { userAuthenticatorId } = authenticator;
      const challenge =
        method.ask === undefined ? undefined : await store.findChallenge(actionId, askedOf(method, authenticator), now);
      // What can fail without the user's doing comes before the count; the comparison comes right after it.
      await attempts.countAnswer(authenticator);
      const take = async (): Promise<boolean> => challenge === undefined || store.takeChallenge(challenge);
      let judgement: Judgement = "answer_used";
      if (!method.takesOneAnswer || (await take())) {
        judgement = await method.verify({ authenticator, response, challenge, now });
      }
      if (typeof judgement !== "string" && !method.takesOneAnswer && !(await take())) judgement = "answer_used";
      const isRight = typeof judgement !== "string";
      await audit.append({
        type: isRight ? "challenge.verified" : "challenge.refused",
        at: now,
        userId,
        action: code,
        actionId,
        verificationMethod: method.name,
        userAuthenticatorId,
        ...(typeof judgement === "string" ? { reason: judgement } : {}),
      });
      return typeof judgement === "string" ? undefined : { changes: judgement, challenge };
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
      let judgement: Judgement = changes;
      for (let round = 0; round < ROUNDS && typeof judgement !== "string"; round++) {
        const now = clock.now();
        if (await store.updateAuthenticator(current, { ...judgement, lastVerifiedAt: now })) return true;
        const { userId, userAuthenticatorId } = authenticator;
        current = (await store.listAuthenticators(userId)).find(
          (one) => one.userAuthenticatorId === userAuthenticatorId && one.verifiedAt !== undefined,
        );
        if (current === undefined) return false;
        // Changed meanwhile: judged anew, by what is there now.
        judgement = await method.verify({ authenticator: current, response, challenge, now });
      }
      return false;
    },
  };
}
