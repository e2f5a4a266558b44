import { randomBytes } from "node:crypto";
import type { Attempts } from "./attempts.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import { askedOf } from "./judge.ts";
import type { Candidates, QuestionReply, VerificationMethod } from "./methods/verification-method.ts";
import type { ActionRecord } from "./store/records.ts";

const CHALLENGE_ID_BYTES = 16;

/** A question that was asked. */
export interface Asked extends QuestionReply {
  readonly challengeId: string;
}

/** Puts questions to users: codes that are sent, and what a passkey is to sign. */
export interface Questions {
  /**
   * Asks, and answers with what the client is to know. The question before is void.
   * @throws EngineError `too_many_sends`, `delivery_failed`, `request_invalid` for a method that asks nothing
   */
  readonly ask: (
    method: VerificationMethod,
    authenticators: Candidates,
    action: ActionRecord,
    prepare?: VerificationMethod["ask"],
  ) => Promise<Asked>;
}

export function createQuestions(
  { store, clock, limits, audit }: EngineContext,
  attempts: Pick<Attempts, "countSend">,
): Questions {
  return {
    async ask(method, authenticators, action, prepare = method.ask) {
      if (prepare === undefined) {
        throw new EngineError("request_invalid", "This method is answered without being asked.");
      }
      const [authenticator] = authenticators;
      const { userId, action: code, actionId } = action;
      const { verificationMethod, verifiedAt } = authenticator;
      const userAuthenticatorId = askedOf(method, authenticator);
      const challengeId = randomBytes(CHALLENGE_ID_BYTES).toString("base64url");
      const createdAt = clock.now();
      const expiresAt = createdAt + limits.codeLifetimeMs;
      const purpose = verifiedAt === undefined ? "enrollment" : "challenge";
      const { expected, deliver, reply } = prepare({ challengeId, authenticators, action, purpose, expiresAt });
      if (deliver !== undefined) await attempts.countSend(authenticator);
      const event = {
        type: "challenge.sent",
        at: createdAt,
        userId,
        action: code,
        actionId,
        verificationMethod,
        ...(userAuthenticatorId === authenticator.userAuthenticatorId ? { userAuthenticatorId } : {}),
      } as const;
      await store.putChallenge(
        { challengeId, userId, actionId, userAuthenticatorId, verificationMethod, expected, createdAt, expiresAt },
        event,
      );
      audit.tell(event);
      await deliver?.();
      return { challengeId, ...reply };
    },
  };
}
