import { ConfigurationError } from "@require-action/core";
import { declaring, defineOptions, memberOf, option, readOptions } from "@require-action/core/options";
import type { Engine } from "@require-action/engine";
import { clientRoutes } from "./client-routes.ts";
import { demandEnrollmentSession, type SignedInUser } from "./enrollment-session.ts";
import { withCors } from "../http/cors.ts";
import { readTarget } from "../http/request-target.ts";
import { type FetchHandler, plainTargetOnly } from "../http/exchange.ts";
import { createRouter } from "../http/router.ts";

/** Options of {@link createClientApi}. */
export interface ClientApiOptions {
  /** Public; what the browser SDK is constructed with. */
  readonly tenantId: string;
  /** Origins of the pages that may call, besides the one that this is served from. None by default. */
  readonly allowedOrigins?: readonly string[];
  /**
   * Request headers that such pages may send besides those of the SDK. By default those that tracing adds: `traceparent`,
   * `tracestate`, `baggage`, `sentry-trace` and others.
   */
  readonly allowedHeaders?: readonly string[];
  /** What stands in front of each path, when what it is mounted in does not take it off. */
  readonly basePath?: string;
  /**
   * Resolves who is signed in, by the application's own session. With it, a token enrols, renames and removes authenticators only for
   * a browser in which its own user is signed in. The session's cookie has to reach this API, so serve it from the application's origin.
   */
  readonly enrollmentUser?: SignedInUser;
}

/** The schemas of the options that the Client API shares with the server around it. */
export const clientApiEntries: Readonly<Record<keyof ClientApiOptions, ReturnType<typeof option.listOf>>> = {
  tenantId: option.id,
  allowedOrigins: option.appOrigins,
  allowedHeaders: option.listOf(
    option.matching(
      (value) => typeof value === "string" && /^[\w!#$%&'*+.^`|~-]{1,64}$/.test(value),
      "must be the name of a header",
    ),
    { of: "headers" },
  ),
  basePath: option.setting(
    (value) => typeof value === "string" && /^(?:\/[^/?#]+)*$/.test(value),
    "must begin with a slash and end without one",
  ),
  enrollmentUser: option.callback,
};

const optionsSchema = defineOptions<ClientApiOptions>({
  required: { tenantId: clientApiEntries.tenantId },
  optional: {
    allowedOrigins: clientApiEntries.allowedOrigins,
    allowedHeaders: clientApiEntries.allowedHeaders,
    basePath: clientApiEntries.basePath,
    enrollmentUser: clientApiEntries.enrollmentUser,
  },
});

/** @throws ConfigurationError for what is not an engine */
export function assertEngine(engine: unknown): void {
  if (typeof memberOf(memberOf(engine, "challenges"), "verify") === "function") return;
  throw new ConfigurationError("engine", "must be an engine of createEngine");
}

/**
 * Creates the Client API, for Authsignal's browser SDK with `baseUrl` set to what lies before `/client`.
 * @throws ConfigurationError that names the option
 * @example
 * app.use("/authsignal/v1/client", toNodeHandler(createClientApi(engine, { tenantId: "bank" })));
 */
export function createClientApi(engine: Engine, options: ClientApiOptions): FetchHandler {
  return declaring("createClientApi", () => assembleClientApi(engine, options));
}

function assembleClientApi(engine: Engine, options: ClientApiOptions): FetchHandler {
  assertEngine(engine);
  const {
    tenantId,
    allowedOrigins = [],
    allowedHeaders,
    basePath = "",
    enrollmentUser,
  } = readOptions("createClientApi", optionsSchema, options);
  if (readTarget(`${basePath}/`) === undefined) {
    throw new ConfigurationError(
      "basePath",
      "must be a path as requests have it: no dot segments, and percent-encoded",
    );
  }
  const router = createRouter(demandEnrollmentSession(clientRoutes(engine, tenantId), engine, enrollmentUser), {
    basePath,
  });
  return plainTargetOnly(withCors(router, allowedOrigins, allowedHeaders));
}
