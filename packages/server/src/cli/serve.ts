import { ConfigurationError } from "@require-action/core";
import { toNodeHandler } from "@require-action/engine";
import { isLoopbackHost } from "../server-api/redirect-urls.ts";
import { CliError } from "./cli-error.ts";
import { type Listener, listen, urlHost } from "./listen.ts";
import { type OpenStore, openStore } from "./open-store.ts";
import { readPolicyFile } from "./policy-file.ts";
import { policyMistakes } from "./policy-mistakes.ts";
import { readReviewers } from "./reviewers.ts";
import { apiSecretsFor, engineSecretsFor } from "./secrets.ts";
import type { ServeSettings } from "./serve-settings.ts";
import { createSite, type Site } from "./site.ts";
import { parseStoreLocation } from "./store-location.ts";
import type { Terminal } from "./terminal.ts";

/** What the options of engine and server are called on the command line. */
const flags: readonly (readonly [option: RegExp, flag: string])[] = [
  [/^allowedOrigins\[\d+\]/, "--allow-origin"],
  [/^apiSecrets\[\d+\]/, "--api-secret"],
  [/^baseUrl/, "--base-url"],
  [/^console\.reviewers/, "--reviewers"],
  [/^passkeys\.(?:rpId|origins)/, "--rp-id"],
  [/^secrets\[\d+\]/, "REQUIRE_ACTION_ENGINE_SECRET"],
];

/** Serves until the returned function is called, which resolves when all is closed. @throws CliError */
export async function serve(
  settings: ServeSettings,
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<() => Promise<void>> {
  const { policyFile, reviewersFile, host, port } = settings;
  // Everything that can be wrong without a store or a port comes first.
  const { apiSecrets, isMade: isSecretMade } = apiSecretsFor(settings);
  const policyText = readPolicyFile(policyFile);
  const reviewers = reviewersFile === undefined ? undefined : readReviewers(reviewersFile);
  const location = parseStoreLocation(settings.store, settings.schema, environment, terminal.warn);
  const engineSecrets = engineSecretsFor(settings, location);
  let opened: OpenStore | undefined;
  let listener: Listener | undefined;
  let site: Site | undefined;

  async function stop(): Promise<void> {
    site?.close();
    // Requests under way need the store to the end.
    await listener?.close();
    await opened?.close();
  }

  try {
    opened = await openStore(location, settings, terminal);
    const { store } = opened;
    listener = await listen(host, port);
    const { origin, baseUrl } = addressesOf(settings, listener.port);
    const parts = { policyText, reviewers, apiSecrets, isSecretMade, engineSecrets, store, origin, baseUrl };
    site = createSite(settings, parts, terminal);
    listener.serve(toNodeHandler(site.handler));
    terminal.write(`require-action is ready at ${origin}`);
    site.open();
    return stop;
  } catch (error) {
    await stop();
    const mistakes = policyMistakes(error);
    if (mistakes !== undefined) throw new CliError(`--policy ${policyFile} has mistakes:\n${mistakes}`);
    throw error instanceof ConfigurationError ? new CliError(inFlags(error)) : error;
  }
}

/** Where the server listens, and where browsers find it. */
function addressesOf({ host, baseUrl }: ServeSettings, port: number): { origin: string; baseUrl: string } {
  const isAny = host === "0.0.0.0" || host === "::";
  const origin = `http://${urlHost(isAny ? "localhost" : host)}:${port}`;
  // By name, as there are no passkeys for addresses.
  const byName = isAny || isLoopbackHost(urlHost(host)) ? `http://localhost:${port}` : origin;
  return { origin, baseUrl: baseUrl ?? byName };
}

/** `allowedOrigins[0]: must be …`, as whoever called the command knows it. */
function inFlags({ message }: ConfigurationError): string {
  const problem = message.replace("configuration_invalid: ", "");
  const known = flags.find(([option]) => option.test(problem));
  return known === undefined ? problem : problem.replace(known[0], known[1]);
}
