import { asRecord, looseMethods, queryUsers } from "./loose-methods.ts";
import { type Sdk, unchanged } from "./sdk.ts";
import type { Shape } from "./shapes.ts";

/** `json_decode`, without the older name of the action, which the SDK takes off. */
function read(_shape: Shape, json: unknown): unknown {
  if (Array.isArray(json)) return json;
  const { actionCode: _old, ...rest } = asRecord(json);
  return rest;
}

/** `urlencode`, by which a space is a plus. */
const segment = (id: string): string => new URLSearchParams([["", id]]).toString().slice(1);

export const php: Sdk = {
  name: "PHP",
  version: "4.5.0",
  headers: { "content-type": "application/json", "x-authsignal-version": "4.5.0", "user-agent": "authsignal-php" },
  read,
  errorCode: "errorCode",
  notes: ["writes a space of an id as `+`, which is a plus sign in a path"],
  spell: unchanged,
  webhookData: "any",
  methods: {
    ...looseMethods({ segment, update: "PATCH", nameOf: (operation) => operation }),
    queryUsers: queryUsers("queryUsers"),
    queryUserActions: {
      name: "queryActions",
      request: ({ userId, action }) => {
        const query = new URLSearchParams({ codes: action, fromDate: "2026-01-01T00:00:00Z" });
        return { method: "GET", path: `/users/${segment(userId)}/actions?${query.toString()}` };
      },
      answer: "any",
    },
    getDevices: {
      name: "getDevices",
      request: ({ userId }) => ({ method: "GET", path: `/users/${segment(userId)}/devices` }),
      answer: "any",
    },
    invalidateDevice: {
      name: "invalidateDevice",
      request: ({ userId, deviceId }) => ({
        method: "POST",
        path: `/users/${segment(userId)}/devices/${segment(deviceId)}/invalidate`,
      }),
      answer: "any",
    },
  },
};
