import { ConfigurationError, RequireActionError } from "@require-action/core";
import { isActionCode, isId } from "@require-action/core/provider";

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
