import { isSecureWebOrigin } from "@require-action/core/options";
import type { WebhookEventType } from "@require-action/server";
import { type Environment, readSetting } from "../lib/setting.ts";
import { CliError } from "../lib/terminal.ts";

/** How to serve. */
export interface ServeSettings {
  /** None: the policy is in the store alone. */
  readonly policyFile: string | undefined;
  /** Decides by the newest version of the policy in the store. */
  readonly policyStore: boolean;
  readonly port: number;
  readonly host: string;
  /** Where the admin half listens by itself; `undefined` where one listener has all. */
  readonly admin: { readonly port: number; readonly host: string } | undefined;
  /** Serves https with these; `undefined` for http. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly baseUrl: string | undefined;
  readonly rpId: string | undefined;
  /** Files, or `none`. */
  readonly ipDatabases: readonly string[];
  readonly reviewersFile: string | undefined;
  /** Reviewers with accounts at an identity provider. */
  readonly oidc: { readonly file: string; readonly clientSecret: string } | undefined;
  /** Keeps receipts, signed by keys in a JSON Web Key Set. */
  readonly receipts: { readonly executions: "approved" | "all"; readonly keys: string } | undefined;
  /** Serves the console without a file of reviewers, too. */
  readonly console: boolean;
  /** Where reviewers find it, if not where the listener is. */
  readonly consoleUrl: string | undefined;
  readonly pageFile: string | undefined;
  readonly webhook: string | undefined;
  /** None: all. */
  readonly webhookEvents: readonly WebhookEventType[];
  readonly store: string;
  readonly schema: string | undefined;
  /** Where the console's lists are read from; the store itself when absent. */
  readonly readReplica: string | undefined;
  readonly migrate: boolean;
  /** Milliseconds for which actions and audit events are kept; for good when absent. */
  readonly keptMs: number | undefined;
  /** Milliseconds between SIGTERM and the end of listening; the store's default when absent. */
  readonly drainMs: number | undefined;
  /** Start-up checks of the store that warn rather than refuse. */
  readonly warnChecks: readonly string[];
  /** None: make one, or refuse. */
  readonly apiSecrets: readonly string[];
  /** None: made for this run, where the store allows it. */
  readonly engineSecrets: readonly string[];
  readonly tenantId: string;
  readonly allowedOrigins: readonly string[];
  readonly compat: boolean;
  readonly profile: "authsignal" | "strict";
  readonly dev: boolean;
  /** Cases that the page for developers has buttons for. */
  readonly casesFile: string | undefined;
}

/** The options of `require-action serve`, as they are given. */
export interface ServeFlags {
  readonly policy?: string;
  readonly policyStore?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly adminPort?: string;
  readonly adminHost?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly baseUrl?: string;
  readonly rpId?: string;
  readonly ipDatabase?: readonly string[];
  readonly reviewers?: string;
  readonly console?: boolean;
  readonly consoleUrl?: string;
  readonly consoleOidc?: string;
  readonly receipts?: string;
  readonly page?: string;
  readonly webhook?: string;
  readonly webhookEvent?: readonly string[];
  readonly store?: string;
  readonly schema?: string;
  readonly readReplica?: string;
  readonly migrate?: boolean;
  readonly keepDays?: string;
  readonly drainSeconds?: string;
  readonly warnCheck?: readonly string[];
  readonly apiSecret?: readonly string[];
  readonly tenant?: string;
  readonly allowOrigin?: readonly string[];
  readonly compat?: boolean;
  readonly profile?: string;
  readonly dev?: boolean;
  readonly cases?: string;
}

/** Reads the options and the environment. @throws CliError for a value that is wrong by itself */
export function readServeSettings(flags: ServeFlags, environment: Environment): ServeSettings {
  const { policy, policyStore = false, adminPort, adminHost, tenant: tenantId = "require-action" } = flags;
  if (policy === undefined && !policyStore)
    throw new CliError("--policy FILE is missing. See require-action serve --help.");
  if (flags.cases !== undefined && flags.dev !== true) throw new CliError("--cases needs --dev.");
  if (adminHost !== undefined && adminPort === undefined) throw new CliError("--admin-host needs --admin-port.");
  if (flags.webhookEvent !== undefined && flags.webhook === undefined) {
    throw new CliError("--webhook-event needs --webhook.");
  }
  if (!/^[\w.-]{1,64}$/.test(tenantId)) throw new CliError("--tenant must be 1 to 64 of a-z A-Z 0-9 . _ -");
  return {
    policyFile: policy,
    policyStore,
    port: portIn("--port", flags.port ?? "4100"),
    host: flags.host ?? "127.0.0.1",
    admin:
      adminPort === undefined ? undefined : { port: portIn("--admin-port", adminPort), host: adminHost ?? "127.0.0.1" },
    tls: tlsIn(flags),
    baseUrl: flags.baseUrl,
    rpId: flags.rpId,
    ipDatabases: flags.ipDatabase ?? [],
    reviewersFile: flags.reviewers,
    oidc: oidcIn(flags, environment),
    receipts: receiptsIn(flags, environment),
    console: flags.console ?? false,
    consoleUrl: flags.consoleUrl === undefined ? undefined : consoleUrlIn(flags.consoleUrl),
    pageFile: flags.page,
    webhook: flags.webhook,
    webhookEvents: (flags.webhookEvent ?? []) as readonly WebhookEventType[],
    store: flags.store ?? "memory",
    schema: flags.schema,
    readReplica: flags.readReplica,
    migrate: flags.migrate ?? false,
    keptMs: daysIn(flags.keepDays),
    drainMs: secondsIn(flags.drainSeconds),
    warnChecks: flags.warnCheck ?? [],
    apiSecrets: flags.apiSecret ?? secretsIn(readSetting(environment, "REQUIRE_ACTION_API_SECRET")),
    engineSecrets: secretsIn(readSetting(environment, "REQUIRE_ACTION_ENGINE_SECRET")),
    tenantId,
    allowedOrigins: flags.allowOrigin ?? [],
    compat: flags.compat ?? false,
    profile: profileIn(flags.profile ?? "authsignal"),
    dev: flags.dev ?? false,
    casesFile: flags.cases,
  };
}

function oidcIn({ consoleOidc: file }: ServeFlags, environment: Environment): ServeSettings["oidc"] {
  if (file === undefined) return undefined;
  const clientSecret = readSetting(environment, "REQUIRE_ACTION_OIDC_CLIENT_SECRET");
  if (clientSecret === undefined) throw new CliError("--console-oidc needs REQUIRE_ACTION_OIDC_CLIENT_SECRET.");
  return { file, clientSecret };
}

function receiptsIn({ receipts: executions }: ServeFlags, environment: Environment): ServeSettings["receipts"] {
  if (executions === undefined) return undefined;
  if (executions !== "approved" && executions !== "all") throw new CliError("--receipts must be approved or all.");
  const keys = readSetting(environment, "REQUIRE_ACTION_RECEIPT_KEYS");
  if (keys === undefined) throw new CliError("--receipts needs REQUIRE_ACTION_RECEIPT_KEYS.");
  return { executions, keys };
}

function tlsIn({ tlsCert: certFile, tlsKey: keyFile }: ServeFlags): ServeSettings["tls"] {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== undefined) throw new CliError("--tls-cert needs --tls-key.");
  if (keyFile !== undefined) throw new CliError("--tls-key needs --tls-cert.");
  return undefined;
}

function profileIn(name: string): ServeSettings["profile"] {
  if (name !== "authsignal" && name !== "strict") throw new CliError("--profile must be authsignal or strict.");
  return name;
}

function portIn(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new CliError(`${flag} must be a whole number from 0 to 65535.`);
  return port;
}

/**
 * Where reviewers open the console: passkeys need https, or this machine by name. Without what may follow its path.
 * @throws CliError
 */
export function consoleUrlIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isSecureWebOrigin(url.origin) || url.search !== "" || url.hash !== "") {
    throw new CliError("--console-url must be the console's URL, as https://bank.example/console.");
  }
  return url.href.replace(/\/$/, "");
}

/** Reviews may stay open for 30 days, and what they are about must be there when they are decided. */
function daysIn(days: string | undefined): number | undefined {
  if (days === undefined) return undefined;
  if (!/^\d{1,5}$/.test(days) || Number(days) < 31)
    throw new CliError("--keep-days must be a whole number, at least 31.");
  return Number(days) * 24 * 60 * 60_000;
}

function secondsIn(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!/^\d{1,3}$/.test(seconds)) throw new CliError("--drain-seconds must be a whole number from 0 to 999.");
  return Number(seconds) * 1000;
}

function secretsIn(variable = ""): readonly string[] {
  return variable.split(/\s+/).filter((secret) => secret !== "");
}
