import type { ServerResponse } from "node:http";
import type { ActionProvider } from "@require-action/core/provider";
import type { Fault } from "@require-action-test/support/faults/faulty-server";

export const SECRET = "canary-Secret/0123456789+abcdef==";

const options = { signal: new AbortController().signal };
const ACTION_PATH = /^\/v1\/users\/([^/]+)\/actions\/([^/]+)(?:\/([^/]+))?$/;

/**
 * Stands in for Authsignal's servers: the three calls of the Server API in its wire format, decided by `provider`. Dot
 * segments of a path are resolved before it is routed, as proxies do.
 */
export function standIn(provider: ActionProvider): Fault {
  return (response, { method, target, headers, body }) => {
    const reply = (status: number, value: object): ServerResponse =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

    async function route(): Promise<ServerResponse> {
      if (headers.authorization !== `Basic ${btoa(`${SECRET}:`)}`) return reply(401, { error: "unauthorized" });
      const { pathname } = new URL(target, "http://stand-in");
      const [userId = "", action = "", idempotencyKey] = (ACTION_PATH.exec(pathname) ?? [])
        .slice(1)
        .map((segment) => segment && decodeURIComponent(segment));
      if (method === "POST" && pathname === "/v1/validate") {
        const { action: actionCode, ...rest } = await provider.validateChallenge(JSON.parse(body), options);
        return reply(200, { ...rest, actionCode });
      }
      if (method === "POST" && userId !== "" && idempotencyKey === undefined) {
        return reply(200, await provider.track({ userId, action, attributes: JSON.parse(body) }, options));
      }
      if (method === "GET" && idempotencyKey !== undefined) {
        const found = await provider.getAction({ userId, action, idempotencyKey }, options);
        return found
          ? reply(200, { createdAt: "2026-11-23T00:00:00.000Z", ...found })
          : reply(404, { error: "not_found" });
      }
      return reply(404, { message: "Not Found" });
    }

    void route().catch(() => reply(400, { error: "invalid_request" }));
  };
}
