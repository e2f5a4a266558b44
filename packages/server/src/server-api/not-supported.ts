import { errorReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";

/** Says clearly that something of Authsignal's is not here. */
export function notSupported(description: string): Response {
  return errorReply(400, "not_supported", description);
}

const endpoints: readonly (readonly [method: Route["method"], path: string, what: string])[] = [
  ["POST", "/call/start", "Call Connect is not supported."],
  ["POST", "/call/finish", "Call Connect is not supported."],
  ["POST", "/users/authenticators", "Passkeys cannot be imported."],
];

/** Authsignal's endpoints that are known and not served. */
export function unsupportedRoutes(): readonly Route[] {
  return endpoints.map(([method, path, what]) => ({ method, path, handle: async () => notSupported(what) }));
}
