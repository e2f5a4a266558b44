import type { TrackAttributes } from "@require-action/core/provider";

/**
 * The attributes that go out, named one by one: a stray `scope` would let the token change the user's authenticators.
 * @see https://docs.authsignal.com/api-reference/server-api/track-action
 */
export function trackBody(attributes: TrackAttributes): TrackAttributes {
  const names = [
    "idempotencyKey",
    "redirectUrl",
    "ipAddress",
    "userAgent",
    "deviceId",
    "email",
    "phoneNumber",
    "username",
    "locale",
    "custom",
  ] as const satisfies readonly (keyof TrackAttributes)[];
  const given = names.filter((name) => attributes[name] !== undefined).map((name) => [name, attributes[name]]);
  return Object.fromEntries(given) as TrackAttributes;
}
