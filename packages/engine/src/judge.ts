import type { Attempts } from "./attempts.ts";
import type { EngineContext } from "./engine-context.ts";
import type { VerificationMethod } from "./methods/verification-method.ts";
import type { ActionRecord, AuthenticatorChanges, AuthenticatorRecord } from "./store/records.ts";

/** Rounds in which others may change the authenticator at the same time before an answer counts as wrong. */
const ROUNDS = 3;

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
    response: string,
  ): Promise<AuthenticatorChanges | undefined>;
  /** Makes the change, so that the same answer is wrong from now on; false when another was faster with it. */
  use(
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    evidence: AuthenticatorChanges,
    response: string,
  ): Promise<boolean>;
}

export function createJudge({ store, clock, audit }: EngineContext, attempts: Attempts): Judge {
  return {
    async judge(method, authenticator, action, response) {
      const now = clock.now();
      const { userId, action: code, actionId } = action;
      const { userAuthenticatorId } = authenticator;
      const challenge =
        method.ask === undefined ? undefined : await store.findChallenge(actionId, userAuthenticatorId, now);
      // What can fail without the user's doing comes before the count; the comparison comes right after it.
      await attempts.countAnswer(authenticator);
      const evidence = method.verify({ authenticator, response, challenge, now });
      const isRight = evidence !== undefined && (challenge === undefined || (await store.takeChallenge(challenge)));
      await audit.append({
        type: isRight ? "challenge.verified" : "challenge.refused",
        at: now,
        userId,
        action: code,
        actionId,
        verificationMethod: method.name,
        userAuthenticatorId,
        ...(isRight ? {} : { reason: evidence === undefined ? "answer_wrong" : "answer_used" }),
      });
      return isRight ? evidence : undefined;
    },
    async use(method, authenticator, evidence, response) {
      let current: AuthenticatorRecord | undefined = authenticator;
      let changes: AuthenticatorChanges | undefined = evidence;
      for (let round = 0; round < ROUNDS; round++) {
        const now = clock.now();
        if (await store.updateAuthenticator(current, { ...changes, lastVerifiedAt: now })) return true;
        const { userId, userAuthenticatorId } = authenticator;
        current = (await store.listAuthenticators(userId)).find(
          (one) => one.userAuthenticatorId === userAuthenticatorId && one.verifiedAt !== undefined,
        );
        if (current === undefined) return false;
        // An asked-for answer was used up with its question. Any other one is judged anew, by what is there now.
        if (method.ask === undefined) {
          changes = method.verify({ authenticator: current, response, challenge: undefined, now });
          if (changes === undefined) return false;
        }
      }
      return false;
    },
  };
}
