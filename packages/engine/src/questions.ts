import { randomBytes } from "node:crypto";
import type { Attempts } from "./attempts.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { VerificationMethod } from "./methods/verification-method.ts";
import type { ActionRecord, AuthenticatorRecord } from "./store/records.ts";

const CHALLENGE_ID_BYTES = 16;

/** Puts questions to users: codes to send, for now. */
export interface Questions {
  /**
   * Asks, and answers with the challenge's id. The question before is void.
   * @throws EngineError `too_many_sends`, `delivery_failed`, `request_invalid` for a method that asks nothing
   */
  readonly ask: (
    method: VerificationMethod,
    authenticator: AuthenticatorRecord,
    action: ActionRecord,
  ) => Promise<string>;
}

export function createQuestions(
  { store, clock, limits, audit }: EngineContext,
  attempts: Pick<Attempts, "countSend">,
): Questions {
  return {
    async ask(method, authenticator, action) {
      if (method.ask === undefined) {
        throw new EngineError("request_invalid", "This method is answered without being asked.");
      }
      await attempts.countSend(authenticator);
      const { userId, action: code, actionId } = action;
      const { userAuthenticatorId, verificationMethod, verifiedAt } = authenticator;
      const challengeId = randomBytes(CHALLENGE_ID_BYTES).toString("base64url");
      const createdAt = clock.now();
      const expiresAt = createdAt + limits.codeLifetimeMs;
      const purpose = verifiedAt === undefined ? "enrollment" : "challenge";
      const { expected, deliver } = method.ask({ challengeId, authenticator, action, purpose, expiresAt });
      const event = {
        type: "challenge.sent",
        at: createdAt,
        userId,
        action: code,
        actionId,
        verificationMethod,
        userAuthenticatorId,
      } as const;
      await store.putChallenge(
        { challengeId, userId, actionId, userAuthenticatorId, verificationMethod, expected, createdAt, expiresAt },
        event,
      );
      audit.tell(event);
      await deliver();
      return challengeId;
    },
  };
}
