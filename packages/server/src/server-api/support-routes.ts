import type { ChangedBy } from "@require-action/engine/reviewers";
import { type Body, idOf, optionalText, requiredText, userIdOf } from "../http/request-fields.ts";
import type { Route } from "../http/router.ts";
import { isoTime } from "./action-view.ts";
import type { ServerApiContext } from "./server-api-context.ts";

/**
 * What operators do for users who ask for help. None of it is Authsignal's: each change names a `reason`, and an `actor` where it is
 * not the backend itself.
 */
export function supportRoutes({ engine: { support } }: ServerApiContext): readonly Route[] {
  const change = (path: string, handle: (userId: string, by: ChangedBy, id: string) => Promise<void>): Route => ({
    method: "POST",
    path: `/users/:userId${path}`,
    async handle({ params, body }) {
      const name = [...params.keys()].find((one) => one !== "userId");
      await handle(userIdOf(params), byIn(body), name === undefined ? "" : idOf(params, name));
      return { success: true };
    },
  });

  return [
    {
      method: "GET",
      path: "/users/:userId/locks",
      async handle({ params }) {
        const { isLocked, authenticators } = await support.locks(userIdOf(params));
        return {
          isLocked,
          authenticators: authenticators.map(({ countedUntil, ...lock }) => ({
            ...lock,
            ...(countedUntil === undefined ? {} : { countedUntil: isoTime(countedUntil) }),
          })),
        };
      },
    },
    change("/unlock", (userId, by) => support.unlock(userId, by)),
    change("/authenticators/:userAuthenticatorId/unlock", (userId, by, id) => support.unlock(userId, by, id)),
    change("/authenticators/:userAuthenticatorId/remove", (userId, by, id) =>
      support.removeAuthenticator(userId, id, by),
    ),
    change("/devices/:deviceId/revoke", (userId, by, id) => support.revokeDevice(userId, id, by)),
    change("/sessions/end", (userId, by) => support.endSessions(userId, by)),
  ];
}

function byIn(body: Body): ChangedBy {
  return { actor: optionalText(body, "actor") ?? "backend", reason: requiredText(body, "reason") };
}
