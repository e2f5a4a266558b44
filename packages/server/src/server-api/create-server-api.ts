import { isJsonType, mediaTypeOf } from "@require-action/core/adapter";
import type { Engine } from "@require-action/engine";
import { type Exchange, exchangeHandlerOf, fetchHandlerOf, type FetchHandler } from "../http/exchange.ts";
import { createRouter } from "../http/router.ts";
import { errorReply } from "../http/reply.ts";
import type { ApiSecrets } from "../secrets/api-secrets.ts";
import { managementRoutes } from "../management/management-routes.ts";
import { createClaims, createClaimTokens } from "../code-challenges/claims.ts";
import { createCodeChallenges } from "../code-challenges/code-challenges.ts";
import { createServerKeys, type ServerKeys } from "../secrets/server-keys.ts";
import { actionRoutes } from "./action-routes.ts";
import { authenticatorRoutes, userRoutes } from "./user-routes.ts";
import { challengeRoutes } from "./challenge-routes.ts";
import { deviceRoutes } from "./device-routes.ts";
import { unsupportedRoutes } from "./not-supported.ts";
import { supportRoutes } from "./support-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import type { CodeServices, ServerApiContext, ServerApiOptions } from "./server-api-context.ts";
import { trackRoute } from "./track-route.ts";
import { validateRoute } from "./validate-route.ts";

/** Creates Authsignal's Server API: what the application's backend calls, with a secret. */
export function createServerApi(engine: Engine, options: ServerApiOptions, secrets: ApiSecrets): FetchHandler {
  const { allowedOrigins, basePath, clock, compat, dev, profile, store, tenantId } = options;
  const context: ServerApiContext = {
    engine,
    clock,
    redirectTargets: {
      origins: allowedOrigins,
      option: "allowedOrigins (--allow-origin)",
      // On a developer's machine, to any port of it.
      loopback: dev !== undefined,
    },
    isStrict: profile === "strict",
    compatStore: compat ? store : undefined,
    codes: createCodeServices(engine, options),
  };
  const router = createRouter(
    [
      // First, as one of their paths is also that of a user of that name.
      ...unsupportedRoutes(),
      // Before actions of users, whose path has as many segments.
      ...supportRoutes(context),
      trackRoute(context),
      validateRoute(context),
      ...actionRoutes(context),
      ...userRoutes(context),
      ...authenticatorRoutes(context),
      ...deviceRoutes(context),
      ...challengeRoutes(context),
      ...sessionRoutes(context),
      ...managementRoutes(dev?.policy, tenantId),
    ],
    { basePath: `${basePath}/v1`, readPath: withoutStrayPercents },
  );

  const route = exchangeHandlerOf(router);
  return fetchHandlerOf((exchange) => {
    // Before anything of the request is read, its body least of all.
    const refusal = secrets.refusalOf(exchange);
    if (refusal !== undefined) return refusal;
    if (!isJson(exchange)) return errorReply(415, "invalid_request", "Send JSON, as application/json.");
    return route(exchange);
  });
}

function createCodeServices(engine: Engine, options: ServerApiOptions): CodeServices | undefined {
  const { apiSecrets, tenantId, store, delivery, clock } = options;
  if (store === undefined || delivery === undefined) return undefined;
  let made: ServerKeys | undefined;
  // Made when first needed: that takes a while.
  const keys = (): ServerKeys => (made ??= createServerKeys(apiSecrets));
  const challenges = createCodeChallenges(store, delivery, engine, clock, keys);
  const tokens = createClaimTokens(tenantId, clock, keys);
  return {
    challenges,
    tokens,
    claims: createClaims(engine, challenges, tokens, { givesScope: options.profile !== "strict" }),
  };
}

/** True without a body too: some clients declare none, and others a type of what they do not send, as `curl -d ""`. */
function isJson(exchange: Exchange): boolean {
  const type = exchange.header("content-type");
  if (!exchange.hasBody || type === undefined || isAnnouncedEmpty(exchange)) return true;
  return isJsonType(mediaTypeOf(type));
}

/** By its length, or over HTTP/1 by saying none (RFC 9112 section 6.3). What was made of an event need not say. */
function isAnnouncedEmpty(exchange: Exchange): boolean {
  const length = exchange.header("content-length");
  if (length !== undefined) return Number(length) === 0;
  const { socket, httpVersionMajor } = exchange.incoming ?? {};
  return socket !== undefined && httpVersionMajor === 1 && exchange.header("transfer-encoding") === undefined;
}

/** A percent sign that begins no escape. */
const STRAY_PERCENT = /%(?![0-9a-f]{2})/gi;

/**
 * A path that can be decoded: the stock SDK puts ids into paths as they are, so `100%` arrives with its percent sign bare.
 * Escapes that are broken or not UTF-8 were refused before.
 */
export function withoutStrayPercents(pathname: string): string {
  return pathname.includes("%") ? pathname.replaceAll(STRAY_PERCENT, "%25") : pathname;
}
