import type { Awaitable } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import { decodeJwt } from "jose/jwt/decode";
import type { Route, RoutedRequest } from "../http/router.ts";
import { bearerToken, hasBearerToken } from "./credentials.ts";

/** Resolves who is signed in, by the application's own session; nothing when nobody is. */
export type SignedInUser = (request: Request) => Awaitable<string | null | undefined>;

/** Paths that add, rename or remove an authenticator, of the Client API and of the page. */
const FACTOR_PATH = /^\/(?:user-authenticators|challenge\/(?:authenticator-app|phone))(?:\/|$)/;

/**
 * Has routes demand the session of the token's own user where the token alone would change whose authenticators count: on the paths
 * that add, rename or remove one, and on every path while the user has none, as all that such a token is good for is enrolling the
 * first. Whoever holds the link alone is answered as with a token that is not valid, and changes nothing.
 */
export function demandEnrollmentSession(
  routes: readonly Route[],
  { challenges }: Engine,
  user: SignedInUser | undefined,
): readonly Route[] {
  if (user === undefined) return routes;

  async function isDemanded(token: string, { method, path }: Route): Promise<boolean> {
    const changesFactors = method !== "GET" && FACTOR_PATH.test(path);
    const authenticators = await challenges.authenticators(token);
    return changesFactors || authenticators.length === 0;
  }

  async function assertSession(route: Route, { request }: RoutedRequest): Promise<void> {
    const token = bearerToken(request, "");
    try {
      if (!(await isDemanded(token, route))) return;
    } catch (error) {
      // The route identifies the token alike, and says what is wrong with it in its own way.
      if (error instanceof EngineError && /^token_(?:invalid|expired)$/.test(error.reason)) return;
      throw error;
    }
    // The engine has proved the token above.
    const { userId } = decodeJwt<{ other?: { userId?: string } }>(token).other ?? {};
    if (userId === undefined || (await user?.(request)) !== userId) {
      throw new EngineError("token_invalid", "Sign in to the application as the user of this token first.", {
        field: "session",
      });
    }
  }

  return routes.map((route) => ({
    ...route,
    async handle(routed) {
      if (hasBearerToken(routed.request)) await assertSession(route, routed);
      return route.handle(routed);
    },
  }));
}
