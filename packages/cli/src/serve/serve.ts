import type { RequestListener } from "node:http";
import { setTimeout as pass } from "node:timers/promises";
import { ConfigurationError } from "@require-action/core";
import { isLoopbackHost } from "@require-action/core/options";
import { type FetchHandler, isProduction, type Reviewer, toNodeHandler } from "@require-action/server";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { readTextFile } from "../lib/text-file.ts";
import { policyMistakes } from "../policy/compile-file.ts";
import { openIpDatabases } from "../policy/ip-database.ts";
import { type OpenStore, openStore } from "../store/open-store.ts";
import { parseStoreLocation, withReadReplica } from "../store/store-location.ts";
import { listen, type Listener, urlHost } from "./listen.ts";
import { connectConsoleOidc, readOidcFile } from "./console-oidc.ts";
import { readPageFile } from "./page-file.ts";
import { apiSecretsFor, engineSecretsFor, receiptsFor } from "./secrets.ts";
import type { ServeSettings } from "./serve-settings.ts";
import { createSite, type Site } from "./site.ts";
import { findStartingPolicy, type PolicyText, readPolicySetting } from "./starting-policy.ts";
import { readTlsFiles } from "./tls-files.ts";

/** What the options of engine and server are called on the command line. */
const flags: readonly (readonly [option: RegExp, flag: string])[] = [
  [/^allowedOrigins\[\d+\]/, "--allow-origin"],
  [/^apiSecrets\[\d+\]/, "--api-secret"],
  [/^baseUrl/, "--base-url"],
  [/^compat/, "--compat"],
  [/^console\.reviewers/, "--reviewers"],
  [/^passkeys\.(?:rpId|origins)/, "--rp-id"],
  [/^reviewerPasskeys\.(?:rpId|origins)/, "--console-url"],
  [/^receipts\.keys/, "REQUIRE_ACTION_RECEIPT_KEYS"],
  [/^secrets\[\d+\]/, "REQUIRE_ACTION_ENGINE_SECRET"],
  [/^url/, "--webhook"],
  [/^events\[\d+\]/, "--webhook-event"],
];

const memoryWarning =
  "WARNING: --store memory forgets everything when this process ends: users' authenticators, reviews, and which codes and attempts were used. Name a store that lasts with --store, or say --dev on a developer's machine.";

/** Stops serving, and resolves when all is closed; `drains` first has balancers send no more, where there may be any. */
type Stop = (options?: { readonly drains?: boolean }) => Promise<void>;

/** Longer than a balancer takes to see that a process is not ready, as docs/OPERATIONS.md sets it up. */
const DRAIN_MS = 5_000;

/** Serves until the returned function is called. @throws CliError */
export async function serve(
  settings: ServeSettings,
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Stop> {
  const { policyStore, reviewersFile, ipDatabases, host, port, admin } = settings;
  // Everything that can be wrong without a store or a port comes first.
  refuseDevInProduction(settings, environment);
  const { apiSecrets, isMade: isSecretMade } = apiSecretsFor(settings);
  const policyFile = readPolicySetting(settings);
  const reviewers = reviewersFile === undefined ? undefined : readReviewers(reviewersFile);
  const page = settings.pageFile === undefined ? undefined : readPageFile(settings.pageFile);
  const oidcFile = settings.oidc && readOidcFile(settings.oidc);
  const { warn } = terminal;
  const primary = parseStoreLocation(settings.store, settings.schema, environment, warn);
  const location = withReadReplica(primary, settings.readReplica, environment, warn);
  if (policyStore && location.kind === "memory") {
    throw new CliError("--policy-store needs a store that processes share: name one with --store.");
  }
  if (
    settings.console &&
    location.kind === "memory" &&
    !settings.dev &&
    reviewers === undefined &&
    settings.oidc === undefined
  ) {
    throw new CliError(
      "--console needs a store that processes share: reviewers are invited to it. Name one with --store.",
    );
  }
  const engineSecrets = engineSecretsFor(settings, location);
  const receipts = receiptsFor(settings, location);
  const tls = settings.tls && readTlsFiles(settings.tls, terminal);
  const ip = await openIpDatabases(ipDatabases);
  let policy: PolicyText | undefined = policyFile;
  let opened: OpenStore | undefined;
  let listener: Listener | undefined;
  let adminListener: Listener | undefined;
  let site: Site | undefined;

  async function drain(): Promise<void> {
    // Nobody shares a memory store, so nobody else could be sent what comes.
    const { drainMs = settings.dev || location.kind === "memory" ? 0 : DRAIN_MS } = settings;
    if (drainMs === 0) return;
    for (const one of [site, listener, adminListener]) one?.drain();
    await pass(drainMs);
  }

  const stop: Stop = async ({ drains = false } = {}) => {
    if (drains) await drain();
    // Requests under way, and deliveries, need the store to the end.
    await Promise.all([site?.close(), listener?.close(), adminListener?.close()]);
    await opened?.close();
  };

  try {
    opened = await openStore(location, settings, terminal);
    const { store } = opened;
    policy = await findStartingPolicy(settings, policyFile, store, terminal);
    const scheme = tls === undefined ? "http" : "https";
    listener = await listen(host, port, { tls });
    if (admin !== undefined) adminListener = await listen(admin.host, admin.port, { prefix: "--admin-", tls });
    const origin = originOf(scheme, host, listener.port);
    const adminOrigin = admin && adminListener && originOf(scheme, admin.host, adminListener.port);
    const baseUrl = settings.baseUrl ?? defaultBaseUrl(scheme, host, listener.port);
    const consoleUrl =
      settings.consoleUrl ??
      `${admin === undefined ? baseUrl : defaultBaseUrl(scheme, admin.host, adminListener?.port ?? 0)}/console`;
    const oidc = oidcFile && (await connectConsoleOidc(oidcFile, consoleUrl));
    const parts = {
      policy,
      ip,
      reviewers,
      oidc,
      consoleUrl,
      page,
      receipts,
      apiSecrets,
      isSecretMade,
      engineSecrets,
      store,
      baseUrl,
    };
    site = createSite(settings, { ...parts, origin: adminOrigin ?? origin, isSplit: admin !== undefined }, terminal);
    await site.prepare();
    listener.serve(listenerFor(admin === undefined ? site.all : site.public, tls && baseUrl));
    adminListener?.serve(toNodeHandler(site.admin));
    terminal.write(`require-action is ready at ${origin} (profile ${settings.profile})`);
    if (adminOrigin !== undefined) terminal.write(`Server API and console are at ${adminOrigin}`);
    if (settings.console || oidc !== undefined) terminal.write(`Reviewers open the console at ${consoleUrl}`);
    if (location.kind === "memory" && !settings.dev) terminal.warn(memoryWarning);
    if (isProduction(environment) && isLoopbackHost(new URL(baseUrl).hostname)) {
      terminal.warn(`WARNING: links to challenges lead to ${baseUrl}, which is this machine: set --base-url.`);
    }
    site.open();
    return stop;
  } catch (error) {
    await stop();
    const mistakes = policy && policyMistakes(error, policy.name, policy.text);
    if (mistakes !== undefined)
      throw new CliError(
        `${policy === policyFile ? "--policy" : "--policy-store:"} ${policy?.name} has mistakes:\n${mistakes}`,
      );
    throw error instanceof ConfigurationError ? new CliError(inFlags(error)) : error;
  }
}

/** Codes, links and passwords that `--dev` shows are everybody's keys. @throws CliError */
function refuseDevInProduction(
  { dev, baseUrl }: ServeSettings,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  if (!dev) return;
  if (isProduction(environment)) throw new CliError("--dev is not for production: NODE_ENV is production.");
  if (baseUrl !== undefined && !(URL.canParse(baseUrl) && isLoopbackHost(new URL(baseUrl).hostname))) {
    throw new CliError("--dev is for a developer's machine: --base-url must be a loopback address, or not given.");
  }
}

type Scheme = "http" | "https";

/**
 * A listener that has browsers stay with https (RFC 6797) where it serves https itself under a name of its own. On this machine
 * that would keep them from every other server under `localhost`; behind a proxy it is for the proxy to say.
 */
function listenerFor(handler: FetchHandler, tlsBaseUrl: string | undefined): RequestListener {
  const listener = toNodeHandler(handler);
  const { protocol, hostname } = new URL(tlsBaseUrl ?? "http://localhost");
  if (protocol !== "https:" || isLoopbackHost(hostname)) return listener;
  return (request, response) => {
    response.setHeader("strict-transport-security", `max-age=${HSTS_SECONDS}`);
    void listener(request, response);
  };
}

const HSTS_SECONDS = 365 * 24 * 60 * 60;

/** Where a listener is, for whoever is on this machine. */
function originOf(scheme: Scheme, host: string, port: number): string {
  return `${scheme}://${urlHost(isAnyAddress(host) ? "localhost" : host)}:${port}`;
}

/** Where browsers find the server. By name, as there are no passkeys for addresses. */
function defaultBaseUrl(scheme: Scheme, host: string, port: number): string {
  const isHere = isAnyAddress(host) || isLoopbackHost(urlHost(host));
  return isHere ? `${scheme}://localhost:${port}` : originOf(scheme, host, port);
}

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** `allowedOrigins[0]: must be …`, as whoever called the command knows it. */
function inFlags({ option, problem }: ConfigurationError): string {
  const known = flags.find(([pattern]) => pattern.test(option));
  return `${known === undefined ? option : option.replace(known[0], known[1])}: ${problem}`;
}

/** Reads the reviewers with passwords: a list of `{ "id", "passwordHash", "role", "userIds" }`. @throws CliError */
function readReviewers(file: string): readonly Reviewer[] {
  let reviewers: unknown;
  try {
    reviewers = JSON.parse(readTextFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = error instanceof SyntaxError ? "It is not JSON." : `It cannot be read (${code}).`;
    throw new CliError(`--reviewers ${file}: ${reason}`);
  }
  if (!Array.isArray(reviewers) || !reviewers.every((one) => typeof one === "object" && one !== null)) {
    throw new CliError(`--reviewers ${file}: It must be a list of { "id", "passwordHash", "role", "userIds" }.`);
  }
  return reviewers as readonly Reviewer[];
}
