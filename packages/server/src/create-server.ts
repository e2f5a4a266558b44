import { createClientApi, createRouter, type Engine, type FetchHandler, type Route } from "@require-action/engine";
import { createBasicAuth } from "./basic-auth.ts";
import { createConsole } from "./console/index.ts";
import { outboxRoute } from "./dev/outbox-route.ts";
import { healthRoute } from "./health-route.ts";
import { createPageRoutes } from "./pages/index.ts";
import { createServerApi } from "./server-api/create-server-api.ts";
import { type ParsedServerOptions, parseServerOptions, type ServerOptions } from "./server-options.ts";

/**
 * Creates a fetch-style handler that serves an engine over Authsignal's API: the Server API under `/v1`, the Client API
 * under `/v1/client`, the challenge page at `/challenge`, the review console at `/console`, and `/healthz`. Set the engine's
 * `baseUrl` to where it is mounted.
 * @throws ConfigurationError that names the option
 * @example
 * const server = createServer(engine, { apiSecrets: [process.env.API_SECRET ?? ""], tenantId: "bank" });
 * createHttpServer(toNodeHandler(server)).listen(4100, "127.0.0.1");
 */
export function createServer(engine: Engine, options: ServerOptions): FetchHandler {
  const parsed = parseServerOptions(options);
  const { tenantId, allowedOrigins, basePath, store, clock } = parsed;
  const clientApi = createClientApi(engine, { tenantId, allowedOrigins, basePath: `${basePath}/v1/client` });
  const serverApi = createServerApi(engine, parsed);
  const site = createRouter(siteRoutes(engine, parsed), { basePath });
  const console =
    parsed.console === undefined ? undefined : createConsole(engine, parsed.console, { basePath, store, clock });

  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${basePath}/v1/client/`)) return clientApi(request);
    if (pathname.startsWith(`${basePath}/v1/`)) return serverApi(request);
    const isConsole = pathname === `${basePath}/console` || pathname.startsWith(`${basePath}/console/`);
    return isConsole && console !== undefined ? console(request) : site(request);
  };
}

/** Everything that is not one of the two APIs. */
function siteRoutes(engine: Engine, options: ParsedServerOptions): readonly Route[] {
  const { allowedOrigins, apiSecrets, clock, dev, page } = options;
  return [
    healthRoute(engine),
    // The page stands beside /v1, wherever both are mounted.
    ...createPageRoutes(engine, {
      ...page,
      allowedOrigins,
      returnsToLoopback: dev !== undefined,
      clock,
      clientPath: "v1/client",
    }),
    ...(dev === undefined ? [] : [outboxRoute(dev, createBasicAuth(apiSecrets))]),
  ];
}
