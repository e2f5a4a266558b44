import { type Clock, systemClock } from "@require-action/core";
import {
  defineOptions,
  option,
  type OptionEntries,
  readOptions,
  type RedirectTargets,
} from "@require-action/core/options";
import type { Policy } from "@require-action/engine";
import { createLanguages, type Languages } from "../languages/languages.ts";
import { createTheme, type Theme } from "../theme/create-theme.ts";

/** Authsignal's contextual messages of one action, by locale. `{{action.x}}` and `{{user.x}}` stand for what the user may see. */
export type MessagingTemplates = NonNullable<Policy["actions"][string]["messagingTemplates"]>;

/** How the challenge page looks, and whom it talks to. */
export interface ChallengePageOptions {
  /**
   * Origins of the applications that may show the page in a frame, receive its outcome, and are returned to.
   * The page's own may frame it and receive the outcome in any case; to be returned to, it has to be named as well.
   */
  readonly allowedOrigins?: readonly string[];
  /** On a developer's machine: returns to any loopback address, too. */
  readonly returnsToLoopback?: boolean;
  /** Where the Client API is, as seen from the page; `client` unless said otherwise. */
  readonly clientPath?: string;
  /** Who asks, as people know it: `Acme Bank`. */
  readonly appName?: string;
  /** How the page looks; as it is by itself unless said otherwise. */
  readonly theme?: Theme;
  /** Finds the messages of an action by its code. */
  readonly messagingTemplates?: (action: string) => MessagingTemplates | undefined;
  /** What the page can speak; without overrides unless said otherwise. */
  readonly languages?: Languages;
  readonly clock?: Clock;
}

/** The options with nothing left open. */
export interface ParsedPageOptions {
  readonly allowedOrigins: readonly string[];
  readonly returnTargets: RedirectTargets;
  readonly clientPath: string;
  readonly appName: string | undefined;
  readonly theme: Theme;
  readonly messagingTemplates: (action: string) => MessagingTemplates | undefined;
  readonly languages: Languages;
  readonly clock: Clock;
}

export const pageEntries: OptionEntries<ChallengePageOptions>["optional"] = {
  allowedOrigins: option.appOrigins,
  returnsToLoopback: option.flag,
  clientPath: option.matching(
    // A path, so that tokens cannot be sent anywhere but here.
    (value) => typeof value === "string" && /^\/?[\w.~-]+(?:\/[\w.~-]+)*$/.test(value),
    "must be a path, as client or /v1/client",
  ),
  appName: option.matching(
    (value) => typeof value === "string" && value.length > 0 && value.length <= 64,
    "must be a name of 1 to 64 characters",
  ),
  theme: option.matching((value) => typeof value === "object" && value !== null, "must be a theme"),
  messagingTemplates: option.callback,
  languages: option.withMethods("choose"),
  clock: option.withMethods("now"),
};

const optionsSchema = defineOptions<ChallengePageOptions>({ required: {}, optional: pageEntries });

/** @throws ConfigurationError that names the option. */
export function parsePageOptions(given: ChallengePageOptions): ParsedPageOptions {
  const options = readOptions("createPageRoutes", optionsSchema, given);
  const { allowedOrigins = [], clientPath = "client", appName, clock = systemClock } = options;
  return {
    allowedOrigins,
    returnTargets: {
      origins: allowedOrigins,
      option: "allowedOrigins",
      loopback: options.returnsToLoopback ?? false,
    },
    clientPath,
    appName,
    theme: options.theme ?? createTheme(),
    messagingTemplates: options.messagingTemplates ?? (() => undefined),
    languages: options.languages ?? createLanguages(new Map()),
    clock,
  };
}
