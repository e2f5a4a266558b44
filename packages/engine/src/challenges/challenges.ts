import type { ActionTransitions } from "../actions/transitions.ts";
import type { Attempts } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import type { DeviceMemory } from "../context/remembered-devices.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { VerificationMethod } from "../methods/verification-method.ts";
import { createApproval, type ShownText } from "../receipts/statement.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { ApprovalRecord } from "../store/receipt-records.ts";
import { isSpent, removeSpent } from "../users/recovery-codes.ts";
import { type Authenticator, describeAuthenticator } from "../users/authenticators.ts";
import { assertAccepts, type Bearer, challengedOf, createBearers, enrollsByChallenge, provedAction } from "./bearer.ts";
import { removeAsBearer, renameAsBearer } from "./change-authenticator.ts";
import { type ChallengeDescription, describeChallenge } from "./describe-challenge.ts";
import { type DenyAction, denyAsBearer } from "./denials.ts";
import { createEnrollments, type EnrollmentReply } from "./enrollments.ts";
import { createChallengeIssuer, type IssuedChallenge } from "./issue-challenge.ts";
import { fetchResultAsBearer, parseResultKeyHash } from "./result-keys.ts";
import { listSentCodes, type SentCode } from "./sent-codes.ts";
import { challengedId, createAnswerVerifier, type Verification } from "./verify-answer.ts";

/** All that the bearer of a token can do. Every call reads the token itself; nothing else in a request is believed. */
export interface Challenges {
  /** Lists the bearer's authenticators that can be used. */
  authenticators(token: unknown): Promise<readonly Authenticator[]>;
  /**
   * Describes an open challenge: what the bearer can answer it with or enrol, and where codes go. Of an allowed action, whose
   * token is for enrolling, it has no ways to answer.
   * @throws EngineError `challenge_not_open`
   */
  describe(token: unknown): Promise<ChallengeDescription>;
  /**
   * Begins an enrolment and asks what is to be answered: sends the code, or makes a passkey's options.
   * @param options `userAgent`: of the browser that enrols, which is kept with a passkey or a security key; absent, the one that
   * `track` was called with
   * @throws EngineError `factor_change_forbidden`, `verification_method_unknown`, `verification_method_not_allowed`,
   * `request_invalid`, `too_many_sends`, `delivery_failed`
   */
  enroll(
    token: unknown,
    method: string,
    input: Readonly<Record<string, unknown>>,
    options?: { readonly userAgent?: string | undefined },
  ): Promise<EnrollmentReply>;
  /**
   * Asks: sends a code for the enrolment under way, else to complete the challenge; makes the options for the use of a
   * passkey, whose challenge is the digest of what is approved. The question before is void.
   * @param options `shown`: what the page shows of it, which the digest covers
   * @throws EngineError as {@link enroll}, and `challenge_not_open`, `authenticator_missing`
   */
  send(token: unknown, method: string, options?: { readonly shown?: ShownText }): Promise<IssuedChallenge>;
  /**
   * Takes an answer: for the enrolment under way, else to complete the challenge. One way in for all methods and pages,
   * so that there is one count of attempts.
   * @param options `resultKeyHash`: SHA-256, in base64url, of 32 random bytes in base64url, which the browser keeps to fetch the
   * result by
   * @throws EngineError as {@link send}, and `too_many_attempts`; `action_unknown` when the policy in force has dropped the action
   * and refuses it
   */
  verify(
    token: unknown,
    method: string,
    response: unknown,
    options?: { readonly resultKeyHash?: unknown },
  ): Promise<Verification>;
  /**
   * Lists the codes that are out for the bearer's action, so that a page which is loaded anew asks for them and sends none.
   */
  sentCodes(token: unknown): Promise<readonly SentCode[]>;
  /**
   * Issues the result of a completed challenge once more, to the browser whose answer completed it: the reply may have been
   * lost. The approval stays one, which is of use once.
   * @param resultKey whose hash came with that answer, 43 characters of base64url
   * @throws EngineError `not_found`, alike for a wrong key, for an answer without one, and for what is not approved
   */
  fetchResult(token: unknown, resultKey: unknown): Promise<Pick<Required<Verification>, "accessToken">>;
  /**
   * Ends the action as failed: the bearer says that its user did not ask for it. Repeating it changes nothing.
   * @throws EngineError `challenge_not_open` once it was approved or has ended otherwise
   */
  deny(token: unknown): Promise<void>;
  /**
   * Has the device remembered on which the bearer of a result token has just proved themselves, once for each approval. Give the
   * secret to that browser alone, in a cookie that no script sees.
   * @throws EngineError `device_not_rememberable`
   */
  rememberDevice(resultToken: unknown): Promise<{ readonly secret: string; readonly expiresAt: number }>;
  /** Takes one of the bearer's authenticators away. @throws EngineError `factor_change_forbidden`, `not_found` */
  removeAuthenticator(token: unknown, userAuthenticatorId: string): Promise<void>;
  /**
   * Names one of the bearer's passkeys or security keys, with the right that it takes to remove it.
   * @param name 1 to 64 characters, without control characters
   * @throws EngineError `factor_change_forbidden`, `not_found`, `request_invalid`, `state_conflict`
   */
  renameAuthenticator(token: unknown, userAuthenticatorId: string, name: unknown): Promise<void>;
}

const refused: Verification = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };

export function createChallenges(
  context: EngineContext,
  transitions: ActionTransitions,
  attempts: Attempts,
  denyAction: DenyAction,
  devices: Pick<DeviceMemory, "begin">,
): Challenges {
  const { store, clock, tokens, methods } = context;
  const verifier = createAnswerVerifier(context, attempts);
  const challengeIssuer = createChallengeIssuer(context, attempts);
  const enrollments = createEnrollments(context, verifier, attempts, challengeIssuer);
  const bearers = createBearers(context, transitions);

  function methodNamed(name: string): VerificationMethod {
    const method = methods.get(name);
    if (method === undefined)
      throw new EngineError("verification_method_unknown", "The engine does not offer this verification method.");
    return method;
  }

  /** Completes the challenge of an action; `undefined` when it is not open any more. Resolves to the result token. */
  async function approve(
    action: ActionRecord,
    used: AuthenticatorRecord,
    resultKeyHash: string | undefined,
    approval?: ApprovalRecord,
  ): Promise<string | undefined> {
    const { deviceId } = action.attributes;
    const moved = await transitions.move(action, "CHALLENGE_SUCCEEDED", {
      verificationMethod: used.verificationMethod,
      // What this very answer used up is not there to be removed later.
      ...(isSpent(used) ? {} : { verifiedByAuthenticatorId: used.userAuthenticatorId }),
      ...(deviceId === undefined ? {} : { authenticatedDeviceId: deviceId }),
      ...(approval === undefined ? {} : { approval }),
      // In the same step, so that nobody can add theirs to an approval that is not their own.
      ...(resultKeyHash === undefined ? {} : { resultKeyHash }),
    });
    return moved && tokens.issue("result", action).token;
  }

  async function complete(
    bearer: Bearer,
    method: VerificationMethod,
    response: unknown,
    resultKeyHash: string | undefined,
  ): Promise<Verification> {
    const candidates = challengedOf(bearer, method);
    const { action } = bearer;
    const authenticator = method.choose === undefined ? candidates[0] : method.choose(response, candidates);
    if (authenticator === undefined) {
      await verifier.dismiss(method, action);
      return refused;
    }
    const evidence = await verifier.verify(method, authenticator, action, response);
    if (evidence === undefined) return refused;
    const used = await verifier.use(method, authenticator, evidence, response);
    if (used === undefined) return refused;
    await removeSpent(context, [used]);
    const { ceremony } = evidence.challenge ?? {};
    const approval = ceremony && createApproval(ceremony, method.signedPart?.(response));
    const accessToken = await approve(action, used, resultKeyHash, approval);
    if (accessToken === undefined) throw new EngineError("challenge_not_open", "The challenge is no longer open.");
    await attempts.succeeded(authenticator);
    const { userId, userAuthenticatorId } = authenticator;
    return { isVerified: true, accessToken, userAuthenticatorId, userId };
  }

  /** For an enrolment, which is complete whatever becomes of the challenge. */
  async function approveIfOpen(...approval: Parameters<typeof approve>): Promise<string | undefined> {
    try {
      return await approve(...approval);
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  return {
    async authenticators(token) {
      const { authenticators } = await bearers.identify(token);
      return authenticators.filter(({ verifiedAt }) => verifiedAt !== undefined).map(describeAuthenticator);
    },
    describe: async (token) => describeChallenge(context, await bearers.identify(token)),
    async enroll(token, name, input, { userAgent } = {}) {
      const bearer = await bearers.identify(token);
      return bearers.recordingRefusal("authenticator.enrollment_refused", bearer, name, async () => {
        const { claims, action } = bearer;
        const authenticators = await removeSpent(context, bearer.authenticators);
        return enrollments.begin(claims, action, authenticators, methodNamed(name), input, userAgent);
      });
    },
    async send(token, name, { shown } = {}) {
      const bearer = await bearers.identify(token);
      return bearers.recordingRefusal("challenge.refused", bearer, name, async () => {
        const method = methodNamed(name);
        // Where answers show what they are for, so do challenges: an enrolment has its own when it begins.
        const pending =
          method.purposeOf === undefined
            ? enrollments.underWay(bearer.action, bearer.authenticators, method)
            : undefined;
        if (pending !== undefined)
          return challengeIssuer.issue(method, [pending], bearer.action, bearer.claims.tokenId);
        assertAccepts(bearer, method);
        if (await enrollsByChallenge(store, bearer, method)) {
          return enrollments.ask(bearer.claims, bearer.action, bearer.authenticators, method);
        }
        return challengeIssuer.issue(method, challengedOf(bearer, method), bearer.action, bearer.claims.tokenId, {
          shown,
        });
      });
    },
    async verify(token, name, response, options = {}) {
      const bearer = await bearers.identify(token);
      return bearers.recordingRefusal("challenge.refused", bearer, name, async () => {
        const method = methodNamed(name);
        if (!method.isResponse(response)) {
          throw new EngineError(
            "request_invalid",
            "The answer is missing, or does not have the form that the method expects.",
          );
        }
        const resultKeyHash = parseResultKeyHash(options.resultKeyHash);
        const { claims, action, authenticators } = bearer;
        const purpose = method.purposeOf?.(response);
        const pending = purpose === "challenge" ? undefined : enrollments.underWay(action, authenticators, method);
        if (method.isAnswered !== undefined) {
          const asked = pending ?? challengedOf(bearer, method)[0];
          const challenge = await store.findChallenge(action.actionId, challengedId(method, asked), clock.now());
          // Nothing was answered yet, so nothing counts: browsers ask each second.
          const isAnswered = challenge !== undefined && method.isAnswered(challenge, claims.tokenId);
          if (!isAnswered) return { isVerified: false };
        }
        if (pending !== undefined) {
          const completed = await enrollments.complete(claims, action, authenticators, method, pending, response);
          const { verification, approving } = completed;
          const accessToken = approving && (await approveIfOpen(action, approving, resultKeyHash));
          return accessToken === undefined ? verification : { ...verification, accessToken };
        }
        if (purpose === "enrollment") {
          throw new EngineError("authenticator_missing", "No enrolment is in progress.");
        }
        return complete(bearer, method, response, resultKeyHash);
      });
    },
    sentCodes: async (token) => listSentCodes(context, await bearers.identify(token)),
    async fetchResult(token, resultKey) {
      const bearer = await bearers.identify(token);
      return bearers.recordingRefusal("result.refused", bearer, undefined, () =>
        fetchResultAsBearer(context, bearer, resultKey),
      );
    },
    deny: async (token) => denyAsBearer(bearers, await bearers.identify(token), denyAction),
    async rememberDevice(token) {
      const action = provedAction(await bearers.identify(token));
      return devices.begin(action, () => transitions.find(action));
    },
    async removeAuthenticator(token, userAuthenticatorId) {
      const bearer = await bearers.identify(token);
      await bearers.recordingRefusal("authenticator.enrollment_refused", bearer, undefined, () =>
        removeAsBearer(context, bearer, userAuthenticatorId),
      );
    },
    async renameAuthenticator(token, userAuthenticatorId, name) {
      const bearer = await bearers.identify(token);
      await bearers.recordingRefusal("authenticator.enrollment_refused", bearer, undefined, () =>
        renameAsBearer(context, bearer, userAuthenticatorId, name),
      );
    },
  };
}
