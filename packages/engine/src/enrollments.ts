import { randomUUID } from "node:crypto";
import type { Attempts } from "./attempts.ts";
import { describeAuthenticator, replacedBy } from "./authenticator.ts";
import type { Verification } from "./challenges.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import { factorAuthority } from "./factor-authority.ts";
import type { Judge } from "./judge.ts";
import { generateRecoveryCodes, recoveryCodeMethod } from "./methods/recovery-code.ts";
import { compareStrength, type QuestionReply, type VerificationMethod } from "./methods/verification-method.ts";
import type { Questions } from "./questions.ts";
import { removeSpent } from "./spent-codes.ts";
import type { ActionRecord, AuthenticatorRecord } from "./store/records.ts";
import type { TokenClaims } from "./tokens.ts";

/** What the one who enrols is told, in Authsignal's words: for an authenticator app `uri` and `secret` too. */
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
  judge: Pick<Judge, "judge">,
  attempts: Attempts,
  questions: Questions,
): Enrollments {
  const { store, clock, limits, audit, keyring, methods } = context;

  // A list that is used up goes first, as no new codes are to go with it, nor to stand behind it.
  const recoveryCodesOf = async (userId: string): Promise<AuthenticatorRecord | undefined> =>
    (await removeSpent(context, await store.listAuthenticators(userId))).find(
      (one) => one.verificationMethod === recoveryCodeMethod,
    );

  const enrolled = (userId: string, userAuthenticatorId: string) =>
    ({
      type: "authenticator.enrolled",
      at: clock.now(),
      userId,
      userAuthenticatorId,
      verificationMethod: recoveryCodeMethod,
    }) as const;

  /**
   * Recovery codes come with each authenticator that they can stand in for: one that proves as much as they do. Those from
   * before are void, whether they were used up, lost, or hashed with a secret that is gone.
   */
  async function addRecoveryCodes(userId: string, method: VerificationMethod): Promise<readonly string[] | undefined> {
    const recovery = methods.get(recoveryCodeMethod);
    if (recovery === undefined || compareStrength(method.strength, recovery.strength) !== 0) return undefined;
    const { codes, hashes } = generateRecoveryCodes(keyring, userId);
    let existing = await recoveryCodesOf(userId);
    while (existing !== undefined) {
      if ((await store.updateAuthenticator(existing, { codeHashes: hashes })) !== undefined) {
        // Wrong answers were about codes that are void.
        await attempts.reset(existing);
        const { userAuthenticatorId } = existing;
        await audit.append({
          ...enrolled(userId, userAuthenticatorId),
          replacedAuthenticatorIds: [userAuthenticatorId],
        });
        return codes;
      }
      const { codeHashes: before = [] }: AuthenticatorRecord = existing;
      existing = await recoveryCodesOf(userId);
      // Somebody else was faster, who was given codes of their own. Or else one was used, and those that are left must go.
      if (existing?.codeHashes?.some((hash) => !before.includes(hash))) return undefined;
    }
    const userAuthenticatorId = randomUUID();
    const event = enrolled(userId, userAuthenticatorId);
    await store.addAuthenticator(
      {
        userId,
        userAuthenticatorId,
        verificationMethod: recoveryCodeMethod,
        createdAt: event.at,
        verifiedAt: event.at,
        version: 0,
        codeHashes: hashes,
      },
      event,
    );
    audit.tell(event);
    return codes;
  }

  return {
    async begin(claims, action, authenticators, method, input) {
      const authority = factorAuthority(context, "add", claims, action, authenticators);
      if (method.enroll === undefined) {
        throw new EngineError("verification_method_unknown", "This method is not enrolled by users.");
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
      audit.tell(event);
      const asked = method.ask === undefined ? undefined : await questions.ask(method, [pending], action, ask);
      return { ...reply, ...(asked?.options === undefined ? {} : asked), userAuthenticatorId, userId };
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
      const evidence = await judge.judge(method, pending, action, response);
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
          "The user's authenticators changed meanwhile, or this one is somebody's already.",
        );
      }
      audit.tell(event);
      await attempts.reset(pending);
      const recoveryCodes = await addRecoveryCodes(userId, method);
      return {
        isVerified: true,
        userAuthenticator: describeAuthenticator(active),
        ...(recoveryCodes === undefined ? {} : { recoveryCodes }),
      };
    },
  };
}
