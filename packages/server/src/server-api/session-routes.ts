import { isId } from "@require-action/core/provider";
import { EngineError } from "@require-action/engine";
import { type Body, invalid, requiredText } from "../http/request-fields.ts";
import type { Route } from "../http/router.ts";
import type { ServerApiContext } from "./server-api-context.ts";
import { describeUser } from "./user-routes.ts";
import { actionOf, createReadToken } from "./validate-route.ts";

const MOST_CLIENTS = 100;

/**
 * Sessions that begin with a completed challenge.
 * @see https://docs.authsignal.com/api-reference/server-api/create-session
 */
export function sessionRoutes(context: ServerApiContext): readonly Route[] {
  const { engine, isStrict } = context;
  const { sessions, users } = engine;
  const read = createReadToken(context);
  const route = (path: string, handle: Route["handle"]): Route => ({ method: "POST", path, handle });

  return [
    route("/sessions", async ({ signal, body }) => {
      const clientId = idIn(body, "clientId");
      const token = requiredText(body, "token");
      const constraints = { userId: undefined, action: actionOf(body) };
      if (isStrict && constraints.action === undefined) {
        throw invalid("action is missing: name the action whose approval begins the session.");
      }
      const { isValid, userId, action, idempotencyKey } = await read(token, constraints, signal);
      if (!isValid || userId === undefined || action === undefined || idempotencyKey === undefined) {
        throw new EngineError("token_invalid", "The token is not one of a completed challenge.");
      }
      return sessions.create({ userId, action, idempotencyKey, clientId });
    }),
    route("/sessions/validate", async ({ body }) => {
      const accessToken = requiredText(body, "accessToken");
      const clientIds = clientIdsIn(body);
      const session = await sessions.validate({ accessToken, ...(clientIds === undefined ? {} : { clientIds }) });
      const { userId, expiresAt, verificationMethod } = session;
      return {
        user: { userId, ...describeUser(await users.find(userId)) },
        // Seconds here, and milliseconds of challenges: so Authsignal has it.
        expiresAt: Math.floor(expiresAt / 1000),
        verificationMethod,
      };
    }),
    route("/sessions/refresh", ({ body }) => sessions.refresh({ refreshToken: requiredText(body, "refreshToken") })),
    route("/sessions/revoke", async ({ body }) => {
      await sessions.revoke({ accessToken: requiredText(body, "accessToken") });
      return { success: true };
    }),
    route("/sessions/user/revoke", async ({ body }) => {
      await sessions.revokeUser({ userId: idIn(body, "userId") });
      return { success: true };
    }),
  ];
}

function idIn(body: Body, name: string): string {
  const id = requiredText(body, name);
  if (!isId(id)) throw invalid(`${name} is not an id: 1 to 256 bytes, no control characters.`);
  return id;
}

function clientIdsIn(body: Body): readonly string[] | undefined {
  const { clientIds } = body;
  if (clientIds === undefined || clientIds === null) return undefined;
  if (!Array.isArray(clientIds) || clientIds.length > MOST_CLIENTS || !clientIds.every((one) => isId(one))) {
    throw invalid(`clientIds must be a list of at most ${MOST_CLIENTS} ids.`);
  }
  return clientIds;
}
