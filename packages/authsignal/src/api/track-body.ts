import { parseClientAddress, type TrackAttributes } from "@require-action/core/provider";

/**
 * The attributes that go out, named one by one: a stray `scope` would let the token change the user's authenticators. What is
 * no address is none there either.
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
  const read: { readonly [Name in keyof TrackAttributes]: TrackAttributes[Name] | undefined } = { ...attributes, ipAddress: parseClientAddress(attributes.ipAddress) };
  const given = names.filter((name) => read[name] !== undefined).map((name) => [name, read[name]]);
  return Object.fromEntries(given) as TrackAttributes;
}
