import { randomUUID } from "node:crypto";
import { isId } from "@require-action/core";
import type { ActionMoves } from "./action-moves.ts";
import type { Verification } from "./challenges.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { ActionRecord, AuthenticatorRecord } from "./store/records.ts";
import type { Track } from "./track.ts";

/** What is known of the browser that signs in. Nothing that it says of itself is proved. */
export interface SignInClient {
  readonly deviceId?: string | undefined;
  readonly userAgent?: string | undefined;
}

interface Parts {
  readonly context: EngineContext;
  readonly moves: ActionMoves;
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
  const { context, moves } = parts;
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
  const moved = await moves.move(decided, "CHALLENGE_SUCCEEDED", {
    verificationMethod,
    verifiedByAuthenticatorId: userAuthenticatorId,
    ...(attributes.deviceId === undefined ? {} : { authenticatedDeviceId: attributes.deviceId }),
  });
  if (moved === undefined) throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  const { token } = await context.tokens.issue("result", decided);
  return { isVerified: true, accessToken: token, userId, userAuthenticatorId };
}

async function decide(
  { track, moves }: Parts,
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
  const decided = await moves.find(key);
  if (decided?.state !== "CHALLENGE_REQUIRED") {
    throw new EngineError("challenge_not_open", "The action is not open to a challenge.");
  }
  if (decided.allowedVerificationMethods?.includes(verificationMethod) === false) {
    throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
  }
  return decided;
}
