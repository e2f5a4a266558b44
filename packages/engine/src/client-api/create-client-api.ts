import { ConfigurationError, isId } from "@require-action/core";
import type { Engine } from "../engine.ts";
import { clientRoutes } from "./client-routes.ts";
import { withCors } from "./cors.ts";
import { createRouter, type FetchHandler } from "./router.ts";

/** Options of {@link createClientApi}. */
export interface ClientApiOptions {
  /** Public; what the browser SDK is constructed with. */
  readonly tenantId: string;
  /** Origins of the pages that may call, besides the one that this is served from. None by default. */
  readonly allowedOrigins?: readonly string[];
  /** What stands in front of each path, when what it is mounted in does not take it off. */
  readonly basePath?: string;
}

/**
 * Creates the Client API, for Authsignal's browser SDK with `baseUrl` set to what lies before `/client`.
 * @throws ConfigurationError that names the option
 * @example
 * app.use("/authsignal/v1/client", toNodeHandler(createClientApi(engine, { tenantId: "bank" })));
 */
export function createClientApi(
  engine: Engine,
  { tenantId, allowedOrigins = [], basePath = "" }: ClientApiOptions,
): FetchHandler {
  if (!isId(tenantId)) throw new ConfigurationError("tenantId", "must be an id of 1 to 256 bytes");
  if (!/^(?:\/[^/?#]+)*$/.test(basePath)) {
    throw new ConfigurationError("basePath", "must begin with a slash and end without one");
  }
  return withCors(createRouter(clientRoutes(engine, tenantId), { basePath }), allowedOrigins);
}
