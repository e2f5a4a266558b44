import { declaring } from "@require-action/core/options";
import type { Engine } from "@require-action/engine";
import { assertEngine, createClientApi } from "./client-api/create-client-api.ts";
import { demandEnrollmentSession } from "./client-api/enrollment-session.ts";
import { createConsole } from "./console/create-console.ts";
import { keepCounting } from "./console/figures/keep-counting.ts";
import { devRoutes } from "./dev/dev-routes.ts";
import {
  type Exchange,
  type ExchangeHandler,
  exchangeHandlerOf,
  fetchHandlerOf,
  type FetchHandler,
  plainTargetOnly,
} from "./http/exchange.ts";
import { jsonReply } from "./http/reply.ts";
import { createRouter, type Route } from "./http/router.ts";
import { APPROVALS_PATH, createApprovalsPages } from "./pages/approvals/create-approvals-pages.ts";
import { createDenyPage } from "./pages/messages/deny-page.ts";
import { createMagicLinkPage } from "./pages/messages/magic-link-page.ts";
import { createPageRoutes } from "./pages/create-page-routes.ts";
import { createApiSecrets } from "./secrets/api-secrets.ts";
import { createServerApi } from "./server-api/create-server-api.ts";
import { type ParsedServerOptions, parseServerOptions, type ServerOptions } from "./server-options.ts";

/** A handler of everything, and its two halves, for listeners of their own. `/healthz` and `/readyz` are in both. */
export interface Server extends FetchHandler {
  /** What browsers call: the challenge page and the Client API. The rest is answered 404. */
  readonly public: FetchHandler;
  /** What the backend and reviewers call: the Server API, the console and the outbox. The rest is answered 404. */
  readonly admin: FetchHandler;
  /**
   * Answers `/healthz` with 503 from now on, so that a balancer sends no more, and counts no figures any more; all else is answered as
   * before.
   */
  drain(): void;
}

/**
 * Creates a fetch-style handler that serves an engine over Authsignal's API: the Server API under `/v1`, the Client API
 * under `/v1/client`, the challenge page at `/challenge`, the inbox at `/approvals`, the review console at `/console`, `/healthz` and `/readyz`. Set the
 * engine's `baseUrl` to where it is mounted. Its `public` and `admin` halves can be served apart, so that no rule of a proxy has to
 * keep strangers from the latter.
 * @throws ConfigurationError that names the option
 * @example
 * const server = createServer(engine, { apiSecrets: [process.env.API_SECRET ?? ""], tenantId: "bank" });
 * createHttpServer(toNodeHandler(server.public)).listen(4100, "0.0.0.0");
 * createHttpServer(toNodeHandler(server.admin)).listen(4101, "127.0.0.1");
 */
export function createServer(engine: Engine, options: ServerOptions): Server {
  return declaring("createServer", () => assembleServer(engine, options));
}

function assembleServer(engine: Engine, options: ServerOptions): Server {
  assertEngine(engine);
  const parsed = parseServerOptions(options);
  const { tenantId, allowedOrigins, allowedHeaders, apiSecrets, basePath, languages, clock, dev, onEvent } = parsed;
  const { enrollmentUser } = parsed;
  const secrets = createApiSecrets(apiSecrets, clock, onEvent);
  let isDraining = false;
  const health = healthRoutes(engine, () => isDraining);
  const clientApi = createClientApi(engine, {
    tenantId,
    allowedOrigins,
    ...(allowedHeaders && { allowedHeaders }),
    ...(enrollmentUser && { enrollmentUser }),
    basePath: `${basePath}/v1/client`,
  });
  const serverApi = createServerApi(engine, parsed, secrets);
  const page = pageRoutes(engine, parsed);
  const publicSite = createRouter([...health, ...page], { basePath });
  const adminSite = createRouter(
    [...health, ...(dev === undefined ? [] : devRoutes(engine, dev, { secrets, pageRoutes: page, basePath }))],
    {
      basePath,
    },
  );
  const console = parsed.console === undefined ? adminSite : createConsole(engine, parsed.console, { basePath, clock });
  const stopCounting = parsed.console === undefined ? undefined : keepCounting(engine);

  const below = ({ pathname }: Exchange): string =>
    pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : "";
  const isClientApi = (path: string): boolean => path.startsWith("/v1/client/");
  const isConsole = (path: string): boolean => path === "/console" || path.startsWith("/console/");
  const isServerApi = (path: string): boolean => path.startsWith("/v1/") && !isClientApi(path);
  const isAdmin = (path: string): boolean =>
    isServerApi(path) || isConsole(path) || path.startsWith("/dev/") || (dev !== undefined && path === "/");

  const setting = { basePath, languages, theme: parsed.theme, appName: parsed.page.appName };
  const halves = {
    clientApi: exchangeHandlerOf(clientApi),
    publicSite: exchangeHandlerOf(publicSite),
    serverApi: exchangeHandlerOf(serverApi),
    adminSite: exchangeHandlerOf(adminSite),
    console: exchangeHandlerOf(console),
  };
  const messagePages: ReadonlyMap<string, ExchangeHandler> = new Map([
    ["/magic-link", exchangeHandlerOf(createMagicLinkPage(engine, setting))],
    ["/deny", exchangeHandlerOf(createDenyPage(engine, setting))],
  ]);
  const approvals =
    parsed.approvals &&
    exchangeHandlerOf(createApprovalsPages(engine, parsed.approvals, { ...setting, allowedOrigins }));
  const isApprovals = (path: string): boolean => path === APPROVALS_PATH || path.startsWith(`${APPROVALS_PATH}/`);
  const forPublic: ExchangeHandler = (exchange) => {
    const path = below(exchange);
    if (approvals !== undefined && isApprovals(path)) return approvals(exchange);
    const handler = messagePages.get(path) ?? (isClientApi(path) ? halves.clientApi : halves.publicSite);
    return handler(exchange);
  };
  const forAdmin: ExchangeHandler = (exchange) => {
    const path = below(exchange);
    if (isConsole(path)) return halves.console(exchange);
    return (isServerApi(path) ? halves.serverApi : halves.adminSite)(exchange);
  };
  const forAll: ExchangeHandler = (exchange) => (isAdmin(below(exchange)) ? forAdmin : forPublic)(exchange);
  const served = (handler: ExchangeHandler): FetchHandler => plainTargetOnly(fetchHandlerOf(handler));
  return Object.assign(served(forAll), {
    public: served(forPublic),
    admin: served(forAdmin),
    drain() {
      isDraining = true;
      stopCounting?.();
    },
  });
}

/** The page stands beside /v1, wherever both are mounted. */
function pageRoutes(engine: Engine, options: ParsedServerOptions): readonly Route[] {
  const { allowedOrigins, clock, dev, enrollmentUser, languages, page, theme } = options;
  const routes = createPageRoutes(engine, {
    ...page,
    languages,
    theme,
    allowedOrigins,
    returnsToLoopback: dev !== undefined,
    clock,
    clientPath: "v1/client",
  });
  return demandEnrollmentSession(routes, engine, enrollmentUser);
}

const TIMEOUT_MS = 1000;

/**
 * Reports whether the engine can decide: its store has to answer. One that stops soon is to be sent nothing more. An engine that was to decide by another version of the policy,
 * and keeps the one before, is in good health, and is not ready.
 */
function healthRoutes({ users, policies }: Engine, isDraining: () => boolean): readonly Route[] {
  const isUp = (): Promise<boolean> =>
    Promise.race([
      users.find("healthz").then(
        () => true,
        () => false,
      ),
      new Promise<false>((resolve) => setTimeout(resolve, TIMEOUT_MS, false).unref()),
    ]);
  const route = (path: string, degradedStatus: number, method: "GET" | "HEAD"): Route => ({
    method,
    path,
    async handle() {
      if (isDraining()) return jsonReply(503, { status: "draining" });
      if (!(await isUp())) return jsonReply(503, { status: "unavailable" });
      if (policies.status().refused === undefined) return { status: "ok" };
      return jsonReply(degradedStatus, { status: "degraded", reason: "policy_refused" });
    },
  });
  // Monitors and `wget --spider` ask by HEAD.
  return (["GET", "HEAD"] as const).flatMap((method) => [
    route("/healthz", 200, method),
    route("/readyz", 503, method),
  ]);
}
