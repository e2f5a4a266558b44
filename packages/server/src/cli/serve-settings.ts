import { CliError } from "./cli-error.ts";
import { readFlags } from "./flags.ts";
import { storeUsage } from "./store-location.ts";

export const serveUsage: string = `Usage: require-action serve --policy FILE [options]

Serves the engine over Authsignal's API, with the challenge page.

  --policy FILE         the policy, JSON or YAML
  --port PORT           4100 unless said otherwise; 0 for any that is free
  --host HOST           127.0.0.1 unless said otherwise
  --base-url URL        where browsers find this server; http://localhost:PORT for a host of this machine
  --store STORE         memory (default), ${storeUsage}
  --schema NAME         the schema of PostgreSQL's tables; require_action unless said otherwise
  --keep-days DAYS      how long the store keeps actions and audit events, at least 31; for good unless said otherwise
  --migrate             brings the store's tables to the current version first
  --api-secret SECRET   Server API secret, at least 16 characters; repeat it to rotate. Other users of the machine can
                        see it there: better set REQUIRE_ACTION_API_SECRET, several secrets separated by spaces
  --tenant ID           what the browser SDK is constructed with; require-action unless said otherwise
  --allow-origin URL    origin of an application whose pages may call, such as https://app.example; repeatable
  --rp-id DOMAIN        the domain that passkeys are made for; the one of --base-url unless said otherwise
  --reviewers FILE      who decides reviews at /console: a JSON list of { "id", "passwordHash" }, the latter made by
                        require-action hash-password
  --compat              lets PATCH move an action from any state to any other, as Authsignal does
  --dev                 for a developer's machine: prints requests, codes and links, serves /dev/outbox, watches the policy
  --help

REQUIRE_ACTION_ENGINE_SECRET, 32 bytes or more, is needed with a store that outlives the process.
`;

/** How to serve. */
export interface ServeSettings {
  readonly policyFile: string;
  readonly port: number;
  readonly host: string;
  readonly baseUrl: string | undefined;
  readonly rpId: string | undefined;
  readonly reviewersFile: string | undefined;
  readonly store: string;
  readonly schema: string | undefined;
  readonly migrate: boolean;
  /** Milliseconds for which actions and audit events are kept; for good when absent. */
  readonly keptMs: number | undefined;
  /** None: make one, or refuse. */
  readonly apiSecrets: readonly string[];
  /** None: made for this run, where the store allows it. */
  readonly engineSecrets: readonly string[];
  readonly tenantId: string;
  readonly allowedOrigins: readonly string[];
  readonly compat: boolean;
  readonly dev: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const options = {
  policy: { type: "string" },
  port: { type: "string" },
  host: { type: "string" },
  "base-url": { type: "string" },
  "rp-id": { type: "string" },
  reviewers: { type: "string" },
  store: { type: "string" },
  schema: { type: "string" },
  migrate: { type: "boolean" },
  "keep-days": { type: "string" },
  "api-secret": { type: "string", multiple: true },
  tenant: { type: "string" },
  "allow-origin": { type: "string", multiple: true },
  compat: { type: "boolean" },
  dev: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line; `undefined` when it asks for help. @throws CliError */
export function parseServeSettings(args: readonly string[], environment: Environment): ServeSettings | undefined {
  const { flags: values } = readFlags("serve", args, options);
  if (values.help === true) return undefined;
  if (values.policy === undefined) throw new CliError("--policy FILE is missing. See require-action serve --help.");
  const port = Number(values.port ?? "4100");
  if (!/^\d{1,5}$/.test(values.port ?? "4100") || port > 65_535) {
    throw new CliError("--port must be a whole number from 0 to 65535.");
  }
  const tenantId = values.tenant ?? "require-action";
  if (!/^[\w.-]{1,64}$/.test(tenantId)) throw new CliError("--tenant must be 1 to 64 of a-z A-Z 0-9 . _ -");
  return {
    policyFile: values.policy,
    port,
    host: values.host ?? "127.0.0.1",
    baseUrl: values["base-url"],
    rpId: values["rp-id"],
    reviewersFile: values.reviewers,
    store: values.store ?? "memory",
    schema: values.schema,
    migrate: values.migrate ?? false,
    keptMs: daysIn(values["keep-days"]),
    apiSecrets: values["api-secret"] ?? secretsIn(environment["REQUIRE_ACTION_API_SECRET"]),
    engineSecrets: secretsIn(environment["REQUIRE_ACTION_ENGINE_SECRET"]),
    tenantId,
    allowedOrigins: values["allow-origin"] ?? [],
    compat: values.compat ?? false,
    dev: values.dev ?? false,
  };
}

/** Reviews may stay open for 30 days, and what they are about must be there when they are decided. */
function daysIn(days: string | undefined): number | undefined {
  if (days === undefined) return undefined;
  if (!/^\d{1,5}$/.test(days) || Number(days) < 31)
    throw new CliError("--keep-days must be a whole number, at least 31.");
  return Number(days) * 24 * 60 * 60_000;
}

function secretsIn(variable = ""): readonly string[] {
  return variable.split(/\s+/).filter((secret) => secret !== "");
}
