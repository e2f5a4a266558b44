import type { RememberedDevice } from "@require-action/engine/server";
import type { DeviceRecord } from "@require-action/engine/store";
import type { Route } from "../http/router.ts";
import { isoTime } from "./action-view.ts";
import { idOf, invalid, userIdOf } from "../http/request-fields.ts";
import type { ServerApiContext } from "./server-api-context.ts";

/**
 * The devices on which a user completed a challenge, by the id that the client says, and those that the user had remembered, by an id
 * of the engine's. A remembered one can be invalidated; nothing makes one but a proof.
 */
export function deviceRoutes({ engine: { users, rememberedDevices }, clock }: ServerApiContext): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/users/:userId/devices",
      async handle({ params }) {
        const userId = userIdOf(params);
        const remembered = (await rememberedDevices.list(userId)).map(asDevice);
        return [...(await users.devices(userId)), ...remembered].map(describeDevice);
      },
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
      async handle({ params }) {
        const [userId, deviceId] = [userIdOf(params), idOf(params, "deviceId")];
        const remembered = (await rememberedDevices.list(userId)).find((one) => one.deviceId === deviceId);
        if (remembered === undefined) return describeDevice(await users.invalidateDevice(userId, deviceId));
        await rememberedDevices.revoke(userId, deviceId);
        return describeDevice({ ...asDevice(remembered), invalidatedAt: clock.now() });
      },
    },
  ];
}

function asDevice({ userId, deviceId, createdAt, verificationMethod, expiresAt }: RememberedDevice): DeviceRecord {
  return {
    userId,
    deviceId,
    createdAt,
    authenticatedAt: createdAt,
    rememberedUntil: expiresAt,
    lastVerificationMethod: verificationMethod,
  };
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
