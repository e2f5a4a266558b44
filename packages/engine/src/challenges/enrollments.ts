import { randomUUID } from "node:crypto";
import type { Attempts } from "../context/attempt-limits.ts";
import { describeAuthenticator } from "../users/authenticators.ts";
import { createRecoveryCodeIssuer } from "../users/recovery-codes.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { cutUserAgent } from "../context/track-input.ts";
import { EngineError } from "../lib/engine-error.ts";
import { enrollmentAuthority, factorAuthority } from "./bearer.ts";
import type { AnswerVerifier, Verification } from "./verify-answer.ts";
import { type QuestionReply, replacedBy, type VerificationMethod } from "../methods/verification-method.ts";
import type { ChallengeIssuer, IssuedChallenge } from "./issue-challenge.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { EnrollingDevice } from "../webauthn/passkey-options.ts";
import type { TokenClaims } from "../keys/tokens.ts";

/** What the person who enrols receives, in Authsignal's words: for an authenticator app `uri` and `secret` too. */
export interface EnrollmentReply {
  readonly userAuthenticatorId: string;
  readonly userId: string;
  readonly uri?: string;
  readonly secret?: string;
  /** For a passkey, with `options`. */
  readonly challengeId?: string;
  readonly options?: QuestionReply["options"];
  /** For a magic link. */
  readonly matchingNumber?: string;
}

/** The enrolment of authenticators by their owners. */
export interface Enrollments {
  begin(
    claims: TokenClaims,
    action: ActionRecord,
    authenticators: readonly AuthenticatorRecord[],
    method: VerificationMethod,
    input: Readonly<Record<string, unknown>>,
    userAgent?: string,
  ): Promise<EnrollmentReply>;
  /** Begins the enrolment of an address that is the user's already, as a challenge that is sent to it. @throws as `begin` */
  ask(
    claims: TokenClaims,
    action: ActionRecord,
    authenticators: readonly AuthenticatorRecord[],
    method: VerificationMethod,
  ): Promise<IssuedChallenge>;
  /** The unfinished enrolment that was begun under this action. */
  underWay(
    action: ActionRecord,
    authenticators: readonly AuthenticatorRecord[],
    method: VerificationMethod,
  ): AuthenticatorRecord | undefined;
  complete(
    claims: TokenClaims,
    action: ActionRecord,
    authenticators: readonly AuthenticatorRecord[],
    method: VerificationMethod,
    pending: AuthenticatorRecord,
    response: unknown,
  ): Promise<CompletedEnrollment>;
}

/** What became of an answer to an enrolment. */
interface CompletedEnrollment {
  readonly verification: Verification;
  /** The new authenticator, where it completes the challenge too. */
  readonly approving?: AuthenticatorRecord;
}

export function createEnrollments(
  context: EngineContext,
  verifier: Pick<AnswerVerifier, "verify">,
  attempts: Attempts,
  challengeIssuer: ChallengeIssuer,
): Enrollments {
  const { store, clock, limits, audit } = context;

  const addRecoveryCodes = createRecoveryCodeIssuer(context);

  async function start(
    ...[claims, action, authenticators, method, input, userAgent]: Parameters<Enrollments["begin"]>
  ): Promise<{ readonly reply: EnrollmentReply; readonly issued: IssuedChallenge | undefined }> {
    enrollmentAuthority(context, claims, action, authenticators, method);
    const { userId, action: code, actionId } = action;
    const userAuthenticatorId = randomUUID();
    const user = await store.findUser(userId);
    const { fields, reply, ask } = method.enroll!({
      userId,
      userAuthenticatorId,
      user,
      authenticators,
      input,
      enrolledOn: enrollingDevice(action, userAgent),
    });
    const now = clock.now();
    const pending: AuthenticatorRecord = {
      ...fields,
      userId,
      userAuthenticatorId,
      verificationMethod: method.name,
      createdAt: now,
      version: 0,
      enrollment: { actionId, expiresAt: now + limits.enrollmentLifetimeMs },
    };
    const event = {
      type: "authenticator.enrollment_started",
      at: now,
      userId,
      action: code,
      actionId,
      userAuthenticatorId,
      verificationMethod: method.name,
    } as const;
    await store.addAuthenticator(pending, event);
    audit.emit(event);
    const issued =
      method.ask === undefined
        ? undefined
        : await challengeIssuer.issue(method, [pending], action, claims.tokenId, ask && { prepare: ask });
    return { reply: { ...reply, userAuthenticatorId, userId }, issued };
  }

  return {
    async begin(...enrollment) {
      const { reply, issued } = await start(...enrollment);
      const { options, matchingNumber } = issued ?? {};
      const isShown = options !== undefined || matchingNumber !== undefined;
      return { ...(isShown ? issued : {}), ...reply };
    },
    async ask(claims, action, authenticators, method) {
      const { issued } = await start(claims, action, authenticators, method, {});
      if (issued === undefined)
        throw new EngineError("request_invalid", "This method needs no challenge to be started.");
      return issued;
    },
    underWay({ actionId }, authenticators, { name }) {
      const now = clock.now();
      return authenticators.find(
        ({ verificationMethod, verifiedAt, enrollment }) =>
          verificationMethod === name &&
          verifiedAt === undefined &&
          enrollment?.actionId === actionId &&
          enrollment.expiresAt > now,
      );
    },
    async complete(claims, action, authenticators, method, pending, response) {
      // Asked again: what was so when the enrolment began may not be any more.
      const authority = factorAuthority(context, "add", claims, action, authenticators);
      const evidence = await verifier.verify(method, pending, action, response);
      if (evidence === undefined) {
        return { verification: { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" } };
      }
      const { userId, action: code, actionId } = action;
      const now = clock.now();
      const event = {
        type: "authenticator.enrolled",
        at: now,
        userId,
        action: code,
        actionId,
        userAuthenticatorId: pending.userAuthenticatorId,
        verificationMethod: method.name,
        ...replacedBy(method, authenticators),
      } as const;
      const active = await store.activateAuthenticator(
        pending,
        {
          onlyIfFirst: authority === "first",
          replacesOthers: method.isSingle,
          verifiedAt: now,
          // What the answer used up stays used up: the code of the enrolment is not one for the challenge.
          changes: evidence.changes,
        },
        event,
      );
      if (active === undefined) {
        throw new EngineError(
          "factor_change_forbidden",
          "The user's authenticators have changed in the meantime, or this one belongs to somebody else.",
        );
      }
      audit.emit(event);
      await attempts.succeeded(pending, action.attributes);
      const recoveryCodes = await addRecoveryCodes(active, method);
      // The same bearer could answer the challenge with it right away: another code would protect nothing.
      const isFirst = authority === "first" && claims.kind === "challenge" && action.state === "CHALLENGE_REQUIRED";
      // Of a method that the action accepts: the enrolment may have begun by a scope, for any.
      const isAccepted = action.allowedVerificationMethods?.includes(method.name) ?? true;
      const approves = isFirst && isAccepted && action.enrolledBefore === undefined;
      return {
        verification: {
          isVerified: true,
          userAuthenticator: describeAuthenticator(active),
          ...(recoveryCodes === undefined ? {} : { recoveryCodes }),
        },
        ...(approves ? { approving: active } : {}),
      };
    },
  };
}

/** The device that the application has named, and the browser that enrols; else the one that the application has named too. */
function enrollingDevice(
  { attributes: { deviceId, userAgent: tracked } }: ActionRecord,
  given: string | undefined,
): EnrollingDevice {
  const userAgent = given === undefined ? tracked : cutUserAgent(given);
  return { ...(deviceId === undefined ? {} : { deviceId }), ...(userAgent === undefined ? {} : { userAgent }) };
}
