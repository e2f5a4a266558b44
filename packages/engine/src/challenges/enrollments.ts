import { randomUUID } from "node:crypto";
import type { Attempts } from "../context/attempt-limits.ts";
import { describeAuthenticator, replacedBy } from "../users/authenticators.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { factorAuthority } from "./bearer.ts";
import type { AnswerVerifier, Verification } from "./verify-answer.ts";
import { generateRecoveryCodes, recoveryCodeMethod } from "../methods/recovery-code.ts";
import { compareStrength, type QuestionReply, type VerificationMethod } from "../methods/verification-method.ts";
import type { ChallengeIssuer } from "./issue-challenge.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
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
}

/** The enrolment of authenticators by their owners. */
export interface Enrollments {
  begin(
    claims: TokenClaims,
    action: ActionRecord,
    authenticators: readonly AuthenticatorRecord[],
    method: VerificationMethod,
    input: Readonly<Record<string, unknown>>,
  ): Promise<EnrollmentReply>;
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
  ): Promise<Verification>;
}

export function createEnrollments(
  context: EngineContext,
  verifier: Pick<AnswerVerifier, "verify">,
  attempts: Attempts,
  challengeIssuer: ChallengeIssuer,
): Enrollments {
  const { store, clock, limits, audit, keyring, methods } = context;

  /**
   * Recovery codes come with each authenticator that they can stand in for: one that proves as much as they do. The new list
   * takes the place of the one before in one step, so that nothing counts any more that was proved by that.
   */
  async function addRecoveryCodes(
    { userId, userAuthenticatorId: enrolledId }: AuthenticatorRecord,
    method: VerificationMethod,
  ): Promise<readonly string[] | undefined> {
    const recovery = methods.get(recoveryCodeMethod);
    if (recovery === undefined || compareStrength(method.strength, recovery.strength) !== 0) return undefined;
    const { codes, hashes } = generateRecoveryCodes(keyring, userId);
    const at = clock.now();
    const identity = { userId, userAuthenticatorId: randomUUID(), verificationMethod: recoveryCodeMethod };
    const pending: AuthenticatorRecord = { ...identity, createdAt: at, version: 0, codeHashes: hashes };
    const started = { type: "authenticator.enrollment_started", at, ...identity } as const;
    await store.addAuthenticator(pending, started);
    audit.emit(started);
    const enrolled = {
      type: "authenticator.enrolled",
      at,
      ...identity,
      ...replacedBy(recovery, await store.listAuthenticators(userId)),
    } as const;
    const activation = { onlyIfFirst: false, replacesOthers: true, verifiedAt: at, changes: {} };
    // Somebody else began later, who is given codes of their own.
    if ((await store.activateAuthenticator(pending, activation, enrolled)) === undefined) return undefined;
    audit.emit(enrolled);
    const current = await store.listAuthenticators(userId);
    if (current.some(({ userAuthenticatorId }) => userAuthenticatorId === enrolledId)) return codes;
    // Removed meanwhile, perhaps with its user: codes that came with it must not be left to whoever is next.
    const removed = { type: "authenticator.removed", at, ...identity, reason: "enrollment_undone" } as const;
    if (await store.deleteAuthenticator(userId, identity.userAuthenticatorId, removed)) audit.emit(removed);
    return undefined;
  }

  return {
    async begin(claims, action, authenticators, method, input) {
      const authority = factorAuthority(context, "add", claims, action, authenticators);
      if (method.enroll === undefined) {
        throw new EngineError("verification_method_unknown", "Users cannot enrol this method.");
      }
      // The first factor is one that this action accepts: a weaker one would let nobody on.
      if (authority === "first" && action.allowedVerificationMethods?.includes(method.name) === false) {
        throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
      }
      const { userId, action: code, actionId } = action;
      const userAuthenticatorId = randomUUID();
      const user = await store.findUser(userId);
      const { fields, reply, ask } = method.enroll({ userId, userAuthenticatorId, user, authenticators, input });
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
      const issued = method.ask === undefined ? undefined : await challengeIssuer.issue(method, [pending], action, ask);
      return { ...reply, ...(issued?.options === undefined ? {} : issued), userAuthenticatorId, userId };
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
      if (evidence === undefined) return { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
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
      return {
        isVerified: true,
        userAuthenticator: describeAuthenticator(active),
        ...(recoveryCodes === undefined ? {} : { recoveryCodes }),
      };
    },
  };
}
