import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { Awaitable } from "@require-action/core/provider";
import type { Delivery, Store } from "@require-action/engine";
import { deliverySchema } from "@require-action/engine/server";
import { clientApiEntries } from "./client-api/create-client-api.ts";
import { type ConsoleOptions, consoleSchema } from "./console/console-options.ts";
import type { DevOptions } from "./dev/outbox.ts";
import { createLanguages, type Languages } from "./languages/languages.ts";
import { type MessageOverrides, parseOverrides } from "./languages/message-overrides.ts";
import { type ApprovalsOptions, approvalsSchema } from "./pages/approvals/approvals-options.ts";
import { type ChallengePageOptions, pageEntries } from "./pages/challenge-page-options.ts";
import { createTheme, type Theme } from "./theme/create-theme.ts";
import { type PageTheme, themeEntries } from "./theme/page-theme.ts";
import { apiSecretsSchema, type ServerEvent } from "./secrets/api-secrets.ts";

/** How closely Authsignal's answers are followed. */
export type Profile = "authsignal" | "strict";

/** What a server is made of, besides its engine. */
export interface ServerOptions {
  /** Server API secrets, at least 16 characters each. All of them are accepted, so secrets rotate. */
  readonly apiSecrets: readonly string[];
  /** Public; what the browser SDK is constructed with. */
  readonly tenantId: string;
  /**
   * Origins of the applications whose pages call the Client API, show the challenge page in a frame, and are returned to.
   * Compared whole; none by default.
   */
  readonly allowedOrigins?: readonly string[];
  /** Request headers that such pages may send besides those of the SDK. By default those that tracing adds. */
  readonly allowedHeaders?: readonly string[];
  /** What stands in front of each path, when what the server is mounted in does not take it off. */
  readonly basePath?: string;
  /**
   * The engine's store: for codes to addresses (`/challenge`, `/verify`, `/claim`), and for `compat`.
   */
  readonly store?: Store;
  /** The engine's delivery, for codes to addresses. */
  readonly delivery?: Delivery;
  /**
   * Lets `PATCH` move an action from any state to any other, as Authsignal does. A refused action can then become an
   * approved one; false by default, and then only legal transitions are made.
   */
  readonly compat?: boolean;
  /**
   * How closely Authsignal's answers are followed: as its clients expect them, or stricter where that is safer. The README has
   * the table of what differs. `authsignal` by default.
   */
  readonly profile?: Profile;
  /** How the challenge page looks, and what it says. */
  readonly page?: PageSettings;
  /**
   * The review console, at `/console`; without it there is none. `{}` is for reviewers with passkeys alone, whom `engine.reviewers`
   * invites.
   */
  readonly console?: ConsoleOptions;
  /** The inbox page, at `/approvals`; without it there is none. */
  readonly approvals?: ApprovalsOptions;
  /**
   * Resolves who is signed in, by the application's own session; nothing when nobody is. With it, whoever holds the link of a challenge
   * page alone enrols nothing: the page and the Client API add, rename and remove authenticators, and answer for a user without any,
   * only where the token's own user is signed in. Serve both from the application's origin, so that its cookie reaches them.
   */
  readonly enrollmentUser?: (request: Request) => Awaitable<string | null | undefined>;
  /** For a developer's machine only: refused where `NODE_ENV` is `production`. */
  readonly dev?: DevOptions;
  /** Receives each wrong API secret, as a count and an address. What it throws changes nothing. */
  readonly onEvent?: (event: ServerEvent) => void;
  readonly clock?: Clock;
}

/** Who asks, how the challenge page looks and what it says, and so do the pages that messages lead to. */
export interface PageSettings extends PageTheme, Pick<ChallengePageOptions, "appName" | "messagingTemplates"> {
  /** Texts in place of those of the catalogue. */
  readonly messages?: MessageOverrides;
}

/** The options with nothing left open. */
export interface ParsedServerOptions {
  readonly apiSecrets: readonly string[];
  readonly tenantId: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[] | undefined;
  readonly basePath: string;
  readonly store: Store | undefined;
  readonly delivery: Delivery | undefined;
  readonly compat: boolean;
  readonly profile: Profile;
  readonly page: Pick<PageSettings, "appName" | "messagingTemplates">;
  readonly theme: Theme;
  readonly languages: Languages;
  readonly console: ConsoleOptions | undefined;
  readonly approvals: ApprovalsOptions | undefined;
  readonly enrollmentUser: ServerOptions["enrollmentUser"];
  readonly dev: DevOptions | undefined;
  readonly onEvent: ((event: ServerEvent) => void) | undefined;
  readonly clock: Clock;
}

const { callback, flag, withMethods } = option;

const pageSchema = defineOptions<PageSettings>({
  required: {},
  optional: {
    ...themeEntries,
    appName: pageEntries.appName,
    messagingTemplates: pageEntries.messagingTemplates,
    // Read below, as what is wrong with it has a path of its own.
    messages: option.matching((value) => typeof value === "object" && value !== null, "must be an object"),
  },
});

const optionsSchema = defineOptions<ServerOptions>({
  required: {
    apiSecrets: apiSecretsSchema,
    tenantId: clientApiEntries.tenantId,
  },
  optional: {
    allowedOrigins: clientApiEntries.allowedOrigins,
    allowedHeaders: clientApiEntries.allowedHeaders,
    basePath: clientApiEntries.basePath,
    store: withMethods("transition", "countAttempt", "resetAttempts"),
    delivery: deliverySchema,
    compat: flag,
    profile: option.oneOf(["authsignal", "strict"]),
    page: pageSchema,
    console: consoleSchema,
    approvals: approvalsSchema,
    enrollmentUser: clientApiEntries.enrollmentUser,
    dev: defineOptions<DevOptions>({
      required: { outbox: withMethods("entries") },
      optional: {
        isLocal: flag,
        events: withMethods("entries"),
        cases: callback,
        policy: withMethods("read", "write"),
      },
    }),
    onEvent: callback,
    clock: withMethods("now"),
  },
});

/** Reads the options of `createServer`. @throws ConfigurationError that names the option */
export function parseServerOptions(given: ServerOptions): ParsedServerOptions {
  const options = readOptions("createServer", optionsSchema, given);
  const {
    apiSecrets,
    tenantId,
    allowedOrigins = [],
    allowedHeaders,
    basePath = "",
    store,
    delivery,
    compat = false,
  } = options;
  const { appName, messagingTemplates, messages, ...look } = options.page ?? {};
  const page = { ...(appName && { appName }), ...(messagingTemplates && { messagingTemplates }) };
  const theme = createTheme(look, { appName });
  const { profile = "authsignal", console, approvals, enrollmentUser, dev, onEvent, clock = systemClock } = options;
  if (compat && store === undefined) throw new ConfigurationError("store", "is needed for compat: the engine's own");
  if (compat && profile === "strict") throw new ConfigurationError("compat", "is not for the profile strict");
  if (dev !== undefined && isProduction()) {
    throw new ConfigurationError("dev", "is for a developer's machine, and NODE_ENV is production");
  }
  if (console?.secureCookies === false && isProduction()) {
    throw new ConfigurationError("console.secureCookies", "must be true when NODE_ENV is production");
  }
  return {
    apiSecrets,
    tenantId,
    allowedOrigins,
    allowedHeaders,
    basePath,
    store,
    delivery,
    compat,
    profile,
    page,
    theme,
    languages: createLanguages(parseOverrides(messages, "page.messages")),
    console,
    approvals,
    enrollmentUser,
    dev,
    onEvent,
    clock,
  };
}

/** What is wrong with one setting of the page. */
export interface PageMistake {
  /** As `accent.dark`; empty where the settings are none. */
  readonly path: string;
  readonly message: string;
}

/** Finds the mistakes of a page's settings, one for each setting, without a server: they may come from a file. */
export function findPageMistakes(given: unknown): readonly PageMistake[] {
  const whole = pageMistake(given);
  if (whole === undefined || whole.path === "") return whole === undefined ? [] : [whole];
  const settings = given as Readonly<Record<string, unknown>>;
  // What the others are read with.
  const names = ["appName", "colorScheme"].filter((name) => pageMistake({ [name]: settings[name] }) === undefined);
  const context = Object.fromEntries(names.map((name) => [name, settings[name]]));
  const each = Object.keys(settings).map((name) => pageMistake({ ...context, [name]: settings[name] }));
  return each.filter((mistake) => mistake !== undefined);
}

function pageMistake(given: unknown): PageMistake | undefined {
  try {
    const { appName, messagingTemplates: _none, messages, ...look } = readOptions("page", pageSchema, given ?? null);
    createTheme(look, { appName });
    parseOverrides(messages, "page.messages");
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { option: path, problem: message } = error;
    return { path: path === "options" ? "" : path.replace(/^page\./, ""), message };
  }
}

/** True where nothing may be left as it is on a developer's machine. */
export function isProduction(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment["NODE_ENV"]?.trim().toLowerCase() === "production";
}
