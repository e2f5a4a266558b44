import type { Clock } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import type { TrackAnswer } from "@require-action/core/provider";
import { type Authenticator, type Engine, EngineError } from "@require-action/engine";
import {
  createOwnTokens,
  type EngineTrackRequest,
  invalidToken,
  isSameAddress,
  mayApprove,
  type OwnTokens,
} from "@require-action/engine/server";
import type { ActionKey } from "@require-action/engine/store";
import type { ServerKeys } from "../secrets/server-keys.ts";
import { addressFields, type CodeChallenge, type CodeMethod, type StoredChallenge } from "./challenge-slots.ts";
import type { CodeChallenges } from "./code-challenges.ts";

/** Gives verified code challenges to users, each of them once. */
export interface Claims {
  /**
   * Tracks the action that the challenge was begun for. The policy decides it as ever; where it asks for a challenge that
   * this one can be, it is completed.
   * @throws EngineError `token_invalid` for a challenge that cannot be claimed, `verification_method_not_allowed`
   */
  claim(challengeId: string, userId: string, signal: AbortSignal): Promise<{ token: string; method: CodeMethod }>;
  /** Finds the challenge that a `track` of this user and action may use. @throws EngineError `token_invalid` */
  find(challengeId: string, userId: string, action: string): Promise<StoredChallenge>;
  /**
   * Completes the challenge of an action that was tracked with it, and answers with a result token; `undefined` when the
   * action does not accept the method, or the address is not the user's. @throws EngineError `token_invalid` when another claimed it first
   */
  complete(key: ActionKey, answer: TrackAnswer, verified: StoredChallenge): Promise<string | undefined>;
}

export function createClaims(
  { track, actions, authenticators, users }: Engine,
  challenges: CodeChallenges,
  tokens: ClaimTokens,
  { givesScope }: { readonly givesScope: boolean },
): Claims {
  async function find(challengeId: string, userId: string): Promise<StoredChallenge> {
    const verified = await challenges.findVerified(challengeId);
    const owner = verified?.challenge.userId ?? userId;
    if (verified === undefined || owner !== userId) throw unclaimable();
    return verified;
  }

  async function take(verified: StoredChallenge): Promise<void> {
    if (!(await challenges.claim(verified))) throw unclaimable();
  }

  async function complete(
    key: ActionKey,
    { allowedVerificationMethods }: TrackAnswer,
    verified: StoredChallenge,
  ): Promise<string | undefined> {
    const { verificationMethod } = verified.challenge;
    if (allowedVerificationMethods?.includes(verificationMethod) === false) return undefined;
    if (!(await isTheirs(key.userId, verified.challenge)) || !(await mayBeFirst(key, verified.challenge))) {
      return undefined;
    }
    await take(verified);
    await actions.transition(key, { state: "CHALLENGE_SUCCEEDED", actor: "backend", verificationMethod });
    await recordAddress(key.userId, verified.challenge);
    return tokens.issue(key);
  }

  /**
   * A mailbox of anybody's must not stand in for an authenticator that the user has, of whatever method, and whether the
   * action accepts it or not.
   */
  async function isTheirs(userId: string, { verificationMethod, address }: CodeChallenge): Promise<boolean> {
    const name = addressFields[verificationMethod];
    const known = (await users.find(userId))?.[name];
    if (known !== undefined) return isSameAddress(known, address);
    const own = await authenticators.list(userId);
    return own.length === 0 || own.some((one) => isAt(one, { verificationMethod, address }));
  }

  /** An action that only authenticators of before may approve takes an address for nothing else. */
  async function mayBeFirst(key: ActionKey, challenge: CodeChallenge): Promise<boolean> {
    const action = await actions.find(key);
    if (action?.enrolledBefore === undefined) return true;
    const { verificationMethod } = challenge;
    const own = await authenticators.list(key.userId);
    return own.some(
      (one) =>
        isAt(one, challenge) &&
        mayApprove(action, { verificationMethod, verifiedAt: Date.parse(one.verifiedAt ?? "") }),
    );
  }

  /** The address is the user's from now on. */
  async function recordAddress(userId: string, { verificationMethod, address }: CodeChallenge): Promise<void> {
    const isEmail = verificationMethod === "EMAIL_OTP";
    await users.update(
      userId,
      isEmail ? { email: address, emailVerified: true } : { phoneNumber: address, phoneNumberVerified: true },
    );
  }

  return {
    async find(challengeId, userId, action) {
      const verified = await find(challengeId, userId);
      if (verified.challenge.action !== action) throw unclaimable();
      return verified;
    },
    complete,
    async claim(challengeId, userId, signal) {
      const verified = await find(challengeId, userId);
      const { action, idempotencyKey, attributes, verificationMethod: method } = verified.challenge;
      const request: EngineTrackRequest = { userId, action, attributes: { ...attributes, idempotencyKey } };
      const answer = await track(request, { signal });
      const key = { userId, action, idempotencyKey };
      if (answer.state !== "CHALLENGE_REQUIRED") {
        await take(verified);
        // With a scope, an allowed action has a token of the engine's for it; it validates as a claim's own does.
        return { token: (givesScope ? answer.token : undefined) ?? tokens.issue(key), method };
      }
      const token = await complete(key, answer, verified);
      if (token === undefined) {
        throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
      }
      return { token, method };
    },
  };
}

/** True for an authenticator of this method whose codes go to this address. */
function isAt(
  authenticator: Authenticator,
  { verificationMethod, address }: Pick<CodeChallenge, "verificationMethod" | "address">,
): boolean {
  return (
    authenticator.verificationMethod === verificationMethod &&
    isSameAddress(authenticator[addressFields[verificationMethod]] ?? "", address)
  );
}

/** Alike for a challenge that is unknown, not verified, claimed, another's, or past its time. */
function unclaimable(): EngineError {
  // 401, as Authsignal answers of challenges that are claimed or gone.
  return new EngineError(
    "token_invalid",
    "The challenge is not one that can be claimed: it is unknown, not verified, claimed, or expired.",
  );
}

const LIFETIME_SECONDS = 300;

/** Tokens for claimed code challenges: each names an action, and never says how it stands. */
export interface ClaimTokens {
  issue(key: ActionKey): string;
  /** True for a text that begins as such a token does, whoever made it. */
  isOne(token: string): boolean;
  /** @throws EngineError `token_invalid`, `token_expired` */
  read(token: string): ActionKey;
}

export function createClaimTokens(tenantId: string, clock: Clock, keys: () => ServerKeys): ClaimTokens {
  let known: OwnTokens | undefined;
  // Deriving the keys takes tens of milliseconds, so it waits for the first token.
  const tokens = (): OwnTokens =>
    (known ??= createOwnTokens({
      typ: "require-action.claim+jwt",
      issuer: tenantId,
      audience: "validate",
      lifetimeSeconds: LIFETIME_SECONDS,
      clock,
      keys: keys().tokenKeys,
    }));
  return {
    issue: ({ userId, action, idempotencyKey }) =>
      tokens().mint({ other: { userId, actionCode: action, idempotencyKey }, sub: userId }).token,
    isOne: (token) => tokens().isOfKind(token),
    read(token) {
      const { sub: userId, other } = tokens().read(token);
      const action = memberOf(other, "actionCode");
      const idempotencyKey = memberOf(other, "idempotencyKey");
      if (typeof userId !== "string" || typeof action !== "string" || typeof idempotencyKey !== "string") {
        throw invalidToken();
      }
      return { userId, action, idempotencyKey };
    },
  };
}
