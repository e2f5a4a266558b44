import { randomUUID } from "node:crypto";
import { isId } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import { mayApprove, tooNew } from "../challenges/bearer.ts";
import type { Verification } from "../challenges/verify-answer.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { ActionKey, ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { ApprovalRecord } from "../store/receipt-records.ts";
import type { Track } from "../decisions/track.ts";
import type { SignInChallenge } from "./sign-in-challenge.ts";

/** What is known of the browser that signs in. Nothing that it says of itself is proved. */
export interface SignInClient {
  readonly deviceId?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A sign-in whose passkey has signed it. */
interface ProvedSignIn extends Pick<SignInChallenge, "action" | "idempotencyKey"> {
  readonly approval: ApprovalRecord;
}

interface Parts {
  readonly context: EngineContext;
  readonly transitions: ActionTransitions;
  readonly track: Track;
}

/**
 * Signs in the owner of an authenticator that was just proved: the action is decided, or found under its key, and completed by
 * the proof.
 * @throws EngineError `challenge_not_open`, `verification_method_not_allowed`, `authenticator_too_new`
 */
export async function completeSignIn(
  parts: Parts,
  authenticator: AuthenticatorRecord,
  { action, idempotencyKey, approval }: ProvedSignIn,
  client: SignInClient,
): Promise<Verification> {
  const { context, transitions } = parts;
  const { userId, userAuthenticatorId, verificationMethod } = authenticator;
  const decided = await openChallenge(
    parts.transitions,
    authenticator,
    idempotencyKey === undefined
      ? await trackSignIn(parts.track, userId, action, client)
      : { userId, action, idempotencyKey },
  );
  const { actionId, attributes } = decided;
  await context.audit.append({
    type: "challenge.verified",
    at: context.clock.now(),
    userId,
    action,
    actionId,
    verificationMethod,
    userAuthenticatorId,
  });
  const moved = await transitions.move(decided, "CHALLENGE_SUCCEEDED", {
    verificationMethod,
    verifiedByAuthenticatorId: userAuthenticatorId,
    approval,
    ...(attributes.deviceId === undefined ? {} : { authenticatedDeviceId: attributes.deviceId }),
  });
  if (moved === undefined) throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  const { token } = context.tokens.issue("result", decided);
  return { isVerified: true, accessToken: token, userId, userAuthenticatorId };
}

/** Tracks the sign-in, as an action of its own. */
async function trackSignIn(
  track: Track,
  userId: string,
  action: string,
  { deviceId, userAgent }: SignInClient,
): Promise<ActionKey> {
  const key = { userId, action, idempotencyKey: randomUUID() };
  const attributes = {
    idempotencyKey: key.idempotencyKey,
    ...(isId(deviceId) ? { deviceId } : {}),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
  await track({ userId, action, attributes }, { signal: new AbortController().signal, alwaysChallenges: true });
  return key;
}

/** The action under a key, which names the authenticator's own user: another's is not there. */
async function openChallenge(
  transitions: ActionTransitions,
  authenticator: AuthenticatorRecord,
  key: ActionKey,
): Promise<ActionRecord> {
  const decided = await transitions.find(key);
  if (decided?.state !== "CHALLENGE_REQUIRED") {
    throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  }
  if (decided.allowedVerificationMethods?.includes(authenticator.verificationMethod) === false) {
    throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
  }
  if (!mayApprove(decided, authenticator)) throw tooNew();
  return decided;
}
