import { randomBytes } from "node:crypto";
import type { Attempts } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { challengedId } from "./verify-answer.ts";
import type { Candidates, QuestionReply, VerificationMethod } from "../methods/verification-method.ts";
import { createCeremony, digestOf, type ShownText } from "../receipts/statement.ts";
import type { ActionRecord } from "../store/records.ts";

const CHALLENGE_ID_BYTES = 16;

/** The language for an action's user: as the application has said of the action, else of the user. */
export async function readerLocale(
  store: Pick<EngineContext["store"], "findUser">,
  { userId, attributes }: ActionRecord,
): Promise<string | undefined> {
  return attributes.locale ?? (await store.findUser(userId))?.locale;
}

/** A challenge that was issued. */
export interface IssuedChallenge extends QuestionReply {
  readonly challengeId: string;
}

interface IssueOptions {
  /** Prepares the question of an enrolment, where it differs from a challenge's. */
  readonly prepare?: VerificationMethod["ask"];
  /** What the user is shown of what is to be approved. */
  readonly shown?: ShownText | undefined;
}

/** Issues challenges to users: codes that are sent, and what a passkey is to sign. */
export interface ChallengeIssuer {
  /**
   * Issues a challenge, and returns what the client is to know. The one before is void.
   * @throws EngineError `too_many_sends`, `delivery_failed`, `request_invalid` for a method that asks nothing
   */
  readonly issue: (
    method: VerificationMethod,
    authenticators: Candidates,
    action: ActionRecord,
    askerId: string,
    options?: IssueOptions,
  ) => Promise<IssuedChallenge>;
}

export function createChallengeIssuer(
  { store, clock, limits, audit, issuer }: EngineContext,
  attempts: Pick<Attempts, "countSend">,
): ChallengeIssuer {
  return {
    async issue(method, authenticators, action, askerId, { prepare = method.ask, shown } = {}) {
      if (prepare === undefined) {
        throw new EngineError("request_invalid", "This method needs no challenge to be started.");
      }
      const [authenticator] = authenticators;
      const { userId, action: code, actionId } = action;
      const { verificationMethod, verifiedAt } = authenticator;
      const userAuthenticatorId = challengedId(method, authenticator);
      const challengeId = randomBytes(CHALLENGE_ID_BYTES).toString("base64url");
      const createdAt = clock.now();
      const expiresAt = createdAt + limits.codeLifetimeMs;
      const purpose = verifiedAt === undefined ? "enrollment" : "challenge";
      const ceremony = purpose === "challenge" ? createCeremony(issuer, action, shown) : undefined;
      const { expected, deliver, reply } = prepare({
        challengeId,
        authenticators,
        action,
        purpose,
        digest: ceremony && digestOf(ceremony),
        locale: method.addressField === undefined ? undefined : await readerLocale(store, action),
        askerId,
        expiresAt,
      });
      if (deliver !== undefined) await attempts.countSend(authenticator, action.attributes);
      const event = {
        type: "challenge.sent",
        at: createdAt,
        userId,
        action: code,
        actionId,
        verificationMethod,
        ...(userAuthenticatorId === authenticator.userAuthenticatorId ? { userAuthenticatorId } : {}),
      } as const;
      const asked = { challengeId, userId, actionId, userAuthenticatorId, verificationMethod, expected };
      const about = ceremony === undefined ? {} : { ceremony };
      await store.putChallenge({ ...asked, ...about, createdAt, expiresAt }, event);
      audit.emit(event);
      await deliver?.();
      return { challengeId, ...reply };
    },
  };
}
