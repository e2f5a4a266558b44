import type { DeviceRecord } from "@require-action/engine/store";
import type { Route } from "../http/router.ts";
import { isoTime } from "./action-view.ts";
import { idOf, invalid, userIdOf } from "../http/request-fields.ts";
import type { ServerApiContext } from "./server-api-context.ts";

/** The devices on which a user completed a challenge. */
export function deviceRoutes({ engine: { users } }: ServerApiContext): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/users/:userId/devices",
      handle: async ({ params }) => (await users.devices(userIdOf(params))).map(describeDevice),
    },
    {
      method: "PATCH",
      path: "/users/:userId/devices/:deviceId",
      async handle({ params, body: { rememberedUntil } }) {
        const until = parseUntil(rememberedUntil);
        const device = await users.rememberDevice(userIdOf(params), idOf(params, "deviceId"), until);
        return describeDevice(device);
      },
    },
    {
      method: "POST",
      path: "/users/:userId/devices/:deviceId/invalidate",
      handle: async ({ params }) =>
        describeDevice(await users.invalidateDevice(userIdOf(params), idOf(params, "deviceId"))),
    },
  ];
}

function describeDevice(device: DeviceRecord): object {
  const { userId, deviceId, createdAt, authenticatedAt, invalidatedAt, rememberedUntil, lastVerificationMethod } =
    device;
  return {
    userId,
    deviceId,
    createdAt: isoTime(createdAt),
    authenticatedAt: isoTime(authenticatedAt),
    ...(invalidatedAt === undefined ? {} : { invalidatedAt: isoTime(invalidatedAt) }),
    ...(rememberedUntil === undefined ? {} : { rememberedUntil: isoTime(rememberedUntil) }),
    ...(lastVerificationMethod === undefined ? {} : { lastVerificationMethod }),
  };
}

function parseUntil(value: unknown): number | null {
  if (value === null) return null;
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw invalid("rememberedUntil must be a date and time in ISO 8601, or null.");
  return at;
}
