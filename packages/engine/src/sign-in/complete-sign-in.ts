import { randomUUID } from "node:crypto";
import { isId } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import type { Verification } from "../challenges/verify-answer.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { Track } from "../decisions/track.ts";

/** What is known of the browser that signs in. Nothing that it says of itself is proved. */
export interface SignInClient {
  readonly deviceId?: string | undefined;
  readonly userAgent?: string | undefined;
}

interface Parts {
  readonly context: EngineContext;
  readonly transitions: ActionTransitions;
  readonly track: Track;
}

/**
 * Signs in the owner of an authenticator that was just proved: the action is decided, and completed by the proof.
 * @throws EngineError `challenge_not_open`, `verification_method_not_allowed`
 */
export async function completeSignIn(
  parts: Parts,
  authenticator: AuthenticatorRecord,
  action: string,
  client: SignInClient,
): Promise<Verification> {
  const { context, transitions } = parts;
  const { userId, userAuthenticatorId, verificationMethod } = authenticator;
  const decided = await decide(parts, authenticator, action, client);
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
    ...(attributes.deviceId === undefined ? {} : { authenticatedDeviceId: attributes.deviceId }),
  });
  if (moved === undefined) throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  const { token } = context.tokens.issue("result", decided);
  return { isVerified: true, accessToken: token, userId, userAuthenticatorId };
}

async function decide(
  { track, transitions }: Parts,
  { userId, verificationMethod }: AuthenticatorRecord,
  action: string,
  { deviceId, userAgent }: SignInClient,
): Promise<ActionRecord> {
  const key = { userId, action, idempotencyKey: randomUUID() };
  const attributes = {
    idempotencyKey: key.idempotencyKey,
    ...(isId(deviceId) ? { deviceId } : {}),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
  await track({ userId, action, attributes }, { signal: new AbortController().signal, alwaysChallenges: true });
  const decided = await transitions.find(key);
  if (decided?.state !== "CHALLENGE_REQUIRED") {
    throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  }
  if (decided.allowedVerificationMethods?.includes(verificationMethod) === false) {
    throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
  }
  return decided;
}
