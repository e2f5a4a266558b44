import { createRouter, type Engine, errorReply, type FetchHandler } from "@require-action/engine";
import { createBasicAuth } from "../basic-auth.ts";
import { createClaimTokens } from "../code-challenges/claim-tokens.ts";
import { createClaims } from "../code-challenges/claims.ts";
import { createCodeChallenges } from "../code-challenges/code-challenges.ts";
import { createServerKeys, type ServerKeys } from "../server-keys.ts";
import type { ParsedServerOptions } from "../server-options.ts";
import { actionRoutes } from "./action-routes.ts";
import { authenticatorRoutes } from "./authenticator-routes.ts";
import { challengeRoutes } from "./challenge-routes.ts";
import { deviceRoutes } from "./device-routes.ts";
import { unsupportedRoutes } from "./not-supported.ts";
import { createRedirectUrlCheck } from "./redirect-urls.ts";
import { withReadablePath } from "./readable-path.ts";
import type { CodeServices, ServerApiContext } from "./server-api-context.ts";
import { trackRoute } from "./track-route.ts";
import { userRoutes } from "./user-routes.ts";
import { validateRoute } from "./validate-route.ts";

/** Creates Authsignal's Server API: what the application's backend calls, with a secret. */
export function createServerApi(engine: Engine, options: ParsedServerOptions): FetchHandler {
  const { apiSecrets, allowedOrigins, basePath, clock, compat, dev, store } = options;
  const isAuthorized = createBasicAuth(apiSecrets);
  const context: ServerApiContext = {
    engine,
    clock,
    checkRedirectUrl: createRedirectUrlCheck(allowedOrigins, dev !== undefined),
    compatStore: compat ? store : undefined,
    codes: createCodeServices(engine, options),
  };
  const route = createRouter(
    [
      trackRoute(context),
      validateRoute(context),
      ...actionRoutes(context),
      ...userRoutes(context),
      ...authenticatorRoutes(context),
      ...deviceRoutes(context),
      ...challengeRoutes(context),
      ...unsupportedRoutes(),
    ],
    { basePath: `${basePath}/v1` },
  );

  return async (request) => {
    // Before anything of the request is read, its body least of all.
    if (!isAuthorized(request)) {
      return errorReply(401, "unauthorized", "The request carries no valid API secret.", {
        "www-authenticate": 'Basic realm="require-action"',
      });
    }
    if (!isJson(request)) return errorReply(415, "invalid_request", "Send JSON, as application/json.");
    const readable = withReadablePath(request);
    return readable === undefined ? errorReply(400, "invalid_request", "The path is not UTF-8.") : route(readable);
  };
}

function createCodeServices(engine: Engine, options: ParsedServerOptions): CodeServices | undefined {
  const { apiSecrets, tenantId, store, delivery, clock } = options;
  if (store === undefined || delivery === undefined) return undefined;
  let made: ServerKeys | undefined;
  // Made when first needed: that takes a while.
  const keys = (): ServerKeys => (made ??= createServerKeys(apiSecrets));
  const challenges = createCodeChallenges(store, delivery, clock, keys);
  const tokens = createClaimTokens(tenantId, clock, keys);
  return { challenges, tokens, claims: createClaims(engine, challenges, tokens) };
}

/** True without a body too: some clients declare none. */
function isJson({ headers, body }: Request): boolean {
  const type = headers.get("content-type");
  return body === null || type === null || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);
}
