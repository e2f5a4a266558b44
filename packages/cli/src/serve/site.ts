import { isIP } from "node:net";
import { isSecureWebOrigin } from "@require-action/core/options";
import { createEngine, type Engine, type EngineOptions, type PasskeyOptions, type Store } from "@require-action/engine";
import type { PolicyStatus } from "@require-action/engine/policy";
import {
  type ConsoleOptions,
  createMessageTexts,
  createServer,
  type FetchHandler,
  isProduction,
  MAX_WRONG_SECRETS,
  type PageSettings,
  type Reviewer,
  type Server,
  type ServerEvent,
} from "@require-action/server";
import { CliError, type Terminal } from "../lib/terminal.ts";
import type { IpDatabases } from "../policy/ip-database.ts";
import { inWords } from "../store/open-store.ts";
import { warnOfOidc } from "./console-oidc.ts";
import { createDevMode } from "./dev-mode.ts";
import { createPolicyHolder, watchPolicyFile } from "./policy-holder.ts";
import type { ServeSettings } from "./serve-settings.ts";
import type { PolicyText } from "./starting-policy.ts";
import { mergeDelivery, webhooksFor } from "./webhooks.ts";

/** What a site is made of, besides its settings: all of it has been read, and none of it checked. */
interface SiteParts {
  readonly policy: PolicyText;
  readonly ip: IpDatabases;
  readonly reviewers: readonly Reviewer[] | undefined;
  readonly oidc: ConsoleOptions["oidc"];
  readonly consoleUrl: string;
  readonly page: PageSettings | undefined;
  readonly receipts: EngineOptions["receipts"];
  readonly apiSecrets: readonly string[];
  /** True when the secret was made for this run. */
  readonly isSecretMade: boolean;
  readonly engineSecrets: readonly (string | Uint8Array)[];
  readonly store: Store;
  /** Where the Server API listens, and all else of the admin half. */
  readonly origin: string;
  /** True when that is another listener than the public half's. */
  readonly isSplit: boolean;
  /** Where browsers find it. */
  readonly baseUrl: string;
}

/** An engine, and the server in front of it. */
export interface Site {
  readonly all: FetchHandler;
  readonly public: FetchHandler;
  readonly admin: FetchHandler;
  /** Takes over what is published in the store. To be called before the first request. @throws CliError */
  prepare(): Promise<void>;
  /** Prints the introduction for developers, and begins to watch the policy. */
  open(): void;
  /** Is not ready any more, and answers what comes all the same. */
  drain(): void;
  /** Resolves when no event is on its way any more. */
  close(): Promise<void>;
}

/** @throws ConfigurationError or PolicyError */
export function createSite(settings: ServeSettings, parts: SiteParts, terminal: Terminal): Site {
  const { policyFile, policyStore, tenantId, allowedOrigins, compat, profile, dev, rpId } = settings;
  const {
    policy: starting,
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
    origin,
    baseUrl,
    isSplit,
  } = parts;
  const policy = createPolicyHolder(starting.text, starting.name, ip, terminal);
  const devMode = dev
    ? createDevMode(settings, {
        write: terminal.write,
        actionCodes: () => policy.actionCodes(),
        engine: () => engine,
      })
    : undefined;
  const { appName, messages } = page ?? {};
  // The engine comes after what it sends by, and before anything is sent.
  const dataPoints: Engine["dataPoints"] = () => engine.dataPoints();
  const texts =
    appName === undefined
      ? undefined
      : createMessageTexts({ dataPoints }, { appName, ...(messages && { messages }), pageUrl: baseUrl });
  const webhooks = webhooksFor(settings, { apiSecrets, store, texts }, devMode, terminal);
  const delivery = mergeDelivery(devMode?.delivery, webhooks?.engineOptions.delivery);
  const passkeys = passkeysFor(baseUrl, rpId, allowedOrigins);
  const isConsoleHere = URL.canParse(baseUrl) && new URL(baseUrl).origin === new URL(consoleUrl).origin;
  // A listener of its own has passkeys of its own.
  const reviewerPasskeys = passkeysFor(consoleUrl, isConsoleHere ? rpId : undefined, []);
  const created = createEngine({
    policy: starting.text,
    secrets: engineSecrets,
    issuer: tenantId,
    baseUrl,
    store,
    ...(passkeys === undefined ? {} : { passkeys }),
    ...(reviewerPasskeys === undefined ? {} : { reviewerPasskeys }),
    ...(ip === undefined ? {} : { facts: { ip } }),
    ...(receipts === undefined ? {} : { receipts }),
    ...webhooks?.engineOptions,
    ...(delivery === undefined ? {} : { delivery }),
    ...(oidc === undefined ? {} : { onEvent: warnOfOidc(terminal) }),
    ...devMode?.engineOptions,
  });
  const engine: Engine = devMode?.withLinks(created) ?? created;

  function serverFor(deciders: readonly Reviewer[] | undefined): Server {
    const secureCookies = isProduction() || new URL(consoleUrl).protocol === "https:";
    return createServer(engine, {
      apiSecrets,
      tenantId,
      allowedOrigins,
      compat,
      profile,
      store,
      onEvent: (event) => warnOfWrongSecrets(event, terminal),
      page: { ...page, messagingTemplates: policy.messagingTemplates },
      ...(delivery === undefined ? {} : { delivery }),
      ...(deciders === undefined && oidc === undefined && !settings.console
        ? {}
        : { console: { ...(deciders && { reviewers: deciders }), ...(oidc && { oidc }), secureCookies } }),
      ...devMode?.serverOptions,
    });
  }

  let server = serverFor(reviewers);
  let unwatch = (): void => undefined;
  let consoleOpening: Promise<void> | undefined;

  function followed({ published, refused }: PolicyStatus): void {
    // What is refused is a warning of the process.
    if (published !== undefined && refused === undefined)
      policy.follow(published.source, `version ${published.number}`);
  }

  return {
    // Looked up each time, as the console comes later in development.
    all: (request, environment) => server(request, environment),
    public: (request, environment) => server.public(request, environment),
    admin: (request, environment) => server.admin(request, environment),
    async prepare() {
      if (!policyStore) return;
      const status = await inWords(() => engine.policies.check());
      const { published, refused } = status;
      if (refused !== undefined) {
        const { number, reason } = refused;
        throw new CliError(`--policy-store: version ${number} of the policy cannot be used (${reason}).`, 1);
      }
      // Another one was published meanwhile.
      if (published?.source !== starting.text) followed(status);
    },
    open() {
      webhooks?.start();
      if (policyStore) engine.policies.start(followed);
      if (devMode === undefined) return;
      const reviewer = reviewers === undefined ? devMode.makeReviewer() : undefined;
      // Hashing the password takes a while, so the console opens a moment later than the rest.
      consoleOpening = reviewer?.hashed.then((one) => void (server = serverFor([one])));
      terminal.write(
        devMode.introduction({
          origin,
          console: isSplit ? origin : baseUrl,
          ...(isSecretMade ? { apiSecret: apiSecrets[0] } : {}),
          ...(reviewer === undefined ? {} : { reviewer }),
        }),
      );
      if (policyFile === undefined || policyStore) return;
      unwatch = watchPolicyFile(policyFile, (changed) => void policy.reload(engine, changed));
    },
    drain: () => server.drain(),
    async close() {
      unwatch();
      // What is not chained now is with the next entry of any process.
      const chained = engine.receipts?.chain().catch(() => undefined);
      await Promise.all([webhooks?.stop(), engine.policies.stop(), chained, consoleOpening]);
    },
  };
}

/** Once for each address and window: whoever sends one after another could fill the log otherwise. */
function warnOfWrongSecrets({ address, wrong, limited }: ServerEvent, { warn }: Terminal): void {
  if (!limited || wrong !== MAX_WRONG_SECRETS + 1) return;
  warn(`More than ${MAX_WRONG_SECRETS} wrong API secrets within five minutes from ${address ?? "an unknown address"}.`);
}

/**
 * Passkeys for the challenge page, and for pages of the applications that share its domain; `undefined` where there is
 * no domain: passkeys are not made for addresses.
 */
function passkeysFor(
  baseUrl: string,
  rpId: string | undefined,
  allowedOrigins: readonly string[],
): PasskeyOptions | undefined {
  // A wrong URL is for the engine to refuse.
  if (!URL.canParse(baseUrl)) return undefined;
  const page = new URL(baseUrl);
  if (rpId === undefined && isIP(page.hostname.replace(/^\[|\]$/g, "")) !== 0) return undefined;
  const domain = rpId ?? page.hostname;
  const secure = [page.origin, ...allowedOrigins].filter(isSecureWebOrigin);
  return {
    rpId: domain,
    origins: [...new Set(secure)].filter((origin) => isWithin(new URL(origin).hostname, domain)),
    // The page is framed by the applications, when they launch it as a popup.
    topOrigins: allowedOrigins.filter(isSecureWebOrigin),
  };
}

function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
