import { createEngine, type Engine, type FetchHandler, type Store } from "@require-action/engine";
import type { Reviewer } from "../console/index.ts";
import { createServer } from "../create-server.ts";
import { createDevMode } from "./dev-mode.ts";
import { passkeysFor } from "./passkeys.ts";
import { watchPolicyFile } from "./policy-file.ts";
import { createPolicyHolder } from "./policy-holder.ts";
import type { ServeSettings } from "./serve-settings.ts";
import type { Terminal } from "./terminal.ts";

/** What a site is made of, besides its settings: all of it has been read, and none of it checked. */
export interface SiteParts {
  readonly policyText: string;
  readonly reviewers: readonly Reviewer[] | undefined;
  readonly apiSecrets: readonly string[];
  /** True when the secret was made for this run. */
  readonly isSecretMade: boolean;
  readonly engineSecrets: readonly (string | Uint8Array)[];
  readonly store: Store;
  /** Where it listens. */
  readonly origin: string;
  /** Where browsers find it. */
  readonly baseUrl: string;
}

/** An engine, and the server in front of it. */
export interface Site {
  readonly handler: FetchHandler;
  /** Tells a developer what there is, and begins to watch the policy. */
  open(): void;
  close(): void;
}

/** @throws ConfigurationError or PolicyError */
export function createSite(settings: ServeSettings, parts: SiteParts, terminal: Terminal): Site {
  const { policyFile, tenantId, allowedOrigins, compat, dev, rpId } = settings;
  const { policyText, reviewers, apiSecrets, isSecretMade, engineSecrets, store, origin, baseUrl } = parts;
  const devMode = dev ? createDevMode(settings, terminal.write) : undefined;
  const policy = createPolicyHolder(policyText, policyFile, terminal);
  const passkeys = passkeysFor(baseUrl, rpId, allowedOrigins);
  const created = createEngine({
    policy: policyText,
    secrets: engineSecrets,
    issuer: tenantId,
    baseUrl,
    store,
    ...(passkeys === undefined ? {} : { passkeys }),
    ...devMode?.engineOptions,
  });
  const engine: Engine = devMode?.withLinks(created) ?? created;

  function serverFor(deciders: readonly Reviewer[] | undefined): FetchHandler {
    const secureCookies = new URL(baseUrl).protocol === "https:";
    return createServer(engine, {
      apiSecrets,
      tenantId,
      allowedOrigins,
      compat,
      store,
      page: { messagingTemplates: policy.messagingTemplates },
      ...(deciders === undefined ? {} : { console: { reviewers: deciders, secureCookies } }),
      ...devMode?.serverOptions,
    });
  }

  let server = serverFor(reviewers);
  let unwatch = (): void => undefined;

  return {
    handler: (request) => server(request),
    open() {
      if (devMode === undefined) return;
      const reviewer = reviewers === undefined ? devMode.makeReviewer() : undefined;
      // Hashing the password takes a while, so the console opens a moment later than the rest.
      void reviewer?.hashed.then((one) => (server = serverFor([one])));
      terminal.write(
        devMode.introduction({
          origin,
          baseUrl,
          ...(isSecretMade ? { apiSecret: apiSecrets[0] } : {}),
          ...(reviewer === undefined ? {} : { reviewer }),
        }),
      );
      unwatch = watchPolicyFile(policyFile, (changed) => void policy.reload(engine, changed));
    },
    close: () => unwatch(),
  };
}
