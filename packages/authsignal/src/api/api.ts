import { ConfigurationError, RequireActionError } from "@require-action/core";
import {
  type CallOptions,
  type GetActionRequest,
  isActionCode,
  isId,
  parseClientAddress,
  type TrackAttributes,
  type TrackRequest,
  type ValidateChallengeRequest,
} from "@require-action/core/provider";

/** The three calls that decide, in Authsignal's wire format; their answers have yet to be believed. */
export interface Api {
  track(request: TrackRequest, options: CallOptions): Promise<unknown>;
  validateChallenge(request: ValidateChallengeRequest, options: CallOptions): Promise<unknown>;
  /** Resolves to `undefined` for an action that Authsignal does not know. */
  getAction(request: GetActionRequest, options: CallOptions): Promise<unknown>;
}

/**
 * The attributes that go out, named one by one: a stray `scope` would let the token change the user's authenticators. What is
 * no address is none there either.
 * @see https://docs.authsignal.com/api-reference/server-api/track-action
 */
export function trackBody(attributes: TrackAttributes): TrackAttributes {
  const body: { -readonly [Name in keyof TrackAttributes]: TrackAttributes[Name] } = {
    idempotencyKey: attributes.idempotencyKey,
  };
  const { redirectUrl, userAgent, deviceId, email, phoneNumber, username, locale, custom } = attributes;
  const ipAddress = parseClientAddress(attributes.ipAddress);
  if (redirectUrl !== undefined) body.redirectUrl = redirectUrl;
  if (ipAddress !== undefined) body.ipAddress = ipAddress;
  if (userAgent !== undefined) body.userAgent = userAgent;
  if (deviceId !== undefined) body.deviceId = deviceId;
  if (email !== undefined) body.email = email;
  if (phoneNumber !== undefined) body.phoneNumber = phoneNumber;
  if (username !== undefined) body.username = username;
  if (locale !== undefined) body.locale = locale;
  if (custom !== undefined) body.custom = custom;
  return body;
}

/**
 * A user id as one segment of a path. "." and ".." survive percent-encoding and name other segments, so they are refused,
 * as is every id that is not well formed.
 */
export function userSegment(userId: unknown): string {
  if (isSegment(userId)) return encodeURIComponent(userId);
  throw new RequireActionError("user_id_invalid", { detail: "the user id cannot be a segment of Authsignal's paths" });
}

/** An idempotency key as one segment of a path. */
export function keySegment(idempotencyKey: unknown): string {
  if (isSegment(idempotencyKey)) return encodeURIComponent(idempotencyKey);
  throw new RequireActionError("action_token_invalid", {
    detail: "the idempotency key cannot be a segment of Authsignal's paths",
  });
}

/** An action code as one segment of a path: its alphabet needs no encoding. */
export function actionSegment(action: unknown): string {
  if (isActionCode(action)) return action;
  throw new ConfigurationError("action", "must be 1 to 64 of a-z A-Z 0-9 _ -");
}

function isSegment(value: unknown): value is string {
  return isId(value) && value !== "." && value !== "..";
}
