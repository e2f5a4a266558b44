import { readServeSettings, type ServeFlags, type ServeSettings } from "../serve/serve-settings.ts";
import {
  CliCommand,
  type Context,
  durableStores,
  repeatableOption,
  schemaOption,
  valueOption,
  warnCheckOption,
} from "./cli-command.ts";

/** `require-action serve`. Tests pass a `run` of their own, which receives the settings. */
export function createServeCommand(
  context: Context,
  run: (settings: ServeSettings) => Promise<void> = (settings) => serveUntilStopped(settings, context),
): CliCommand {
  return new CliCommand("serve")
    .summary("serves the engine over Authsignal's API")
    .description("Serves the engine over Authsignal's API, with the challenge page and the review console.")
    .addOption(valueOption("--policy <FILE>", "the policy, JSON or YAML; needed without --policy-store"))
    .option(
      "--policy-store",
      "decides by the newest version of the policy in the store, and goes over to each that is published there; --policy is then only published to a store that has none",
    )
    .addOption(valueOption("--port <PORT>", "0 for any free port (default: 4100)"))
    .addOption(valueOption("--host <HOST>", "the address to listen on (default: 127.0.0.1)"))
    .addOption(
      valueOption(
        "--admin-port <PORT>",
        "serves the Server API, the console and the outbox on this port instead of --port, which keeps the challenge page and the Client API for everybody to reach",
      ),
    )
    .addOption(valueOption("--admin-host <HOST>", "the address for --admin-port (default: 127.0.0.1)"))
    .addOption(
      valueOption(
        "--tls-cert <FILE>",
        "serves https on each port, by this certificate and those that lead to its root (PEM); TLS 1.2 or newer",
      ),
    )
    .addOption(valueOption("--tls-key <FILE>", "the private key of --tls-cert (PEM)"))
    .addOption(
      valueOption(
        "--base-url <URL>",
        "where browsers find this server (default: http://localhost:PORT on this machine)",
      ),
    )
    .addOption(valueOption("--store <STORE>", `memory (default), ${durableStores}`))
    .addOption(schemaOption())
    .addOption(
      valueOption(
        "--read-replica <URL>",
        "a replica of PostgreSQL for the console's lists: postgres://… or env:NAME. Nothing is decided by it",
      ),
    )
    .addOption(
      valueOption(
        "--keep-days <DAYS>",
        "how long the store keeps actions and audit events, at least 31 (default: for good)",
      ),
    )
    .addOption(
      valueOption(
        "--drain-seconds <SECONDS>",
        "how long SIGTERM has /healthz answer 503 before the port is closed, so that balancers send no more (default: 5; 0 with --dev or --store memory)",
      ),
    )
    .addOption(warnCheckOption())
    .option("--migrate", "brings the store's tables to the current version first")
    .addOption(
      repeatableOption(
        "--api-secret <SECRET>",
        "a Server API secret, at least 16 characters. Other users of the machine can see it here: prefer REQUIRE_ACTION_API_SECRET, with several secrets separated by spaces",
      ),
    )
    .addOption(valueOption("--tenant <ID>", "the browser SDK's tenantId (default: require-action)"))
    .addOption(
      repeatableOption(
        "--allow-origin <URL>",
        "the origin of an application whose pages may call, such as https://app.example",
      ),
    )
    .addOption(valueOption("--rp-id <DOMAIN>", "the domain of passkeys (default: the domain of --base-url)"))
    .addOption(
      valueOption(
        "--webhook <URL>",
        "sends codes, challenges about to succeed and changes of authenticators to this URL, signed by the API secret; https, or this machine",
      ),
    )
    .addOption(
      repeatableOption(
        "--webhook-event <TYPE>",
        "an event to send to --webhook, such as email.created (default: all but those of the log)",
      ),
    )
    .addOption(
      repeatableOption(
        "--ip-database <FILE>",
        "a database of countries, cities or anonymous addresses in MaxMind's format, for rules about addresses; none if there is none, and such facts are then unknown",
      ),
    )
    .addOption(
      valueOption(
        "--reviewers <FILE>",
        'reviewers with passwords at /console: a JSON list of { "id", "passwordHash", "role", "userIds" }, the hash made by require-action hash-password',
      ),
    )
    .option(
      "--console",
      "serves the review console at /console for reviewers with passkeys, whom require-action reviewer invite adds",
    )
    .addOption(
      valueOption(
        "--console-oidc <FILE>",
        "has reviewers sign in to the console with accounts of an OpenID Connect provider, JSON or YAML: issuer, clientId, reviewers and the like. Needs REQUIRE_ACTION_OIDC_CLIENT_SECRET, and the package openid-client",
      ),
    )
    .addOption(
      valueOption(
        "--console-url <URL>",
        "where reviewers open the console, whose passkeys are made for it (default: /console of --base-url, or of --admin-port)",
      ),
    )
    .addOption(
      valueOption(
        "--receipts <WHICH>",
        "keeps receipts of what is decided and approved, and of executions that were approved, or all. Needs REQUIRE_ACTION_RECEIPT_KEYS, a JSON Web Key Set of Ed25519 keys, the first of them private",
      ),
    )
    .addOption(
      valueOption(
        "--page <FILE>",
        "how the challenge page looks, JSON or YAML: appName, logo, accent, radius, fontFamily, colorScheme, supportUrl, privacyUrl, footer, messages",
      ),
    )
    .addOption(
      valueOption(
        "--profile <PROFILE>",
        "authsignal (default), as its clients expect it, or strict, which is stricter where that is safer",
      ),
    )
    .option("--compat", "lets PATCH move an action from any state to any other, as Authsignal does")
    .option(
      "--dev",
      "for a developer's machine: prints requests, codes and links, serves a page at / with all of it, watches the policy",
    )
    .addOption(valueOption("--cases <FILE>", "cases of policy test, each of which the page of --dev has a button for"))
    .addHelpText(
      "after",
      "\nA store that outlives the process needs REQUIRE_ACTION_ENGINE_SECRET, 32 bytes or more. Each variable may end in _FILE and\nname a file, as Docker and Kubernetes mount secrets.",
    )
    .action((flags: ServeFlags) => run(readServeSettings(flags, context.environment)));
}

async function serveUntilStopped(settings: ServeSettings, { terminal, environment }: Context): Promise<void> {
  // Loaded once the flags are known to be right, so that a wrong one is reported at once.
  const { serve } = await import("../serve/serve.ts");
  // Before anybody is told that it is ready, and may send a signal.
  const shutdown = createShutdownSignal();
  try {
    const stop = await serve(settings, terminal, environment);
    // Whoever presses Ctrl-C waits for no balancer.
    await stop({ drains: (await shutdown.received()) === "SIGTERM" });
  } finally {
    shutdown.ignore();
  }
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The first SIGTERM or SIGINT, once somebody waits for it. Before that, and from the second on, one ends the process at once. */
function createShutdownSignal() {
  let resolve: ((signal: NodeJS.Signals) => void) | undefined;
  const ignore = (): void => SIGNALS.forEach((signal) => void process.off(signal, end));
  function end(signal: NodeJS.Signals): void {
    ignore();
    // As if nobody had listened.
    if (resolve === undefined) process.kill(process.pid, signal);
    else resolve(signal);
  }
  for (const signal of SIGNALS) process.on(signal, end);
  return { received: () => new Promise<NodeJS.Signals>((received) => (resolve = received)), ignore };
}
