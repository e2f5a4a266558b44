import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import type { Policy } from "@require-action/engine";
import { parseAllowedOrigins } from "./allowed-origins.ts";

/** Authsignal's contextual messages of one action, by locale. `{{action.x}}` and `{{user.x}}` stand for custom data. */
export type MessagingTemplates = NonNullable<Policy["actions"][string]["messagingTemplates"]>;

/** How the challenge page looks, and whom it talks to. */
export interface ChallengePageOptions {
  /**
   * Origins of the applications that may show the page in a frame, are told how it went, and are returned to.
   * The page's own may frame it and be told in any case; to be returned to, it has to be named as well.
   */
  readonly allowedOrigins?: readonly string[];
  /** On a developer's machine: returns to any loopback address, too. */
  readonly returnsToLoopback?: boolean;
  /** Where the Client API is, as seen from the page; `client` unless said otherwise. */
  readonly clientPath?: string;
  /** Who asks, as people know it: `Acme Bank`. */
  readonly appName?: string;
  /** Data points that rules read and people are not to see. All others are shown, as they came. */
  readonly hiddenFields?: readonly string[];
  /** Finds the messages of an action by its code. */
  readonly messagingTemplates?: (action: string) => MessagingTemplates | undefined;
  readonly clock?: Clock;
}

/** The options with nothing left open. */
export interface ParsedPageOptions {
  readonly allowedOrigins: ReadonlySet<string>;
  readonly returnsToLoopback: boolean;
  readonly clientPath: string;
  readonly appName: string | undefined;
  readonly hiddenFields: ReadonlySet<string>;
  readonly messagingTemplates: (action: string) => MessagingTemplates | undefined;
  readonly clock: Clock;
}

/** @throws ConfigurationError that names the option. */
export function parsePageOptions(options: ChallengePageOptions): ParsedPageOptions {
  const { allowedOrigins = [], clientPath = "client", appName, hiddenFields = [], clock = systemClock } = options;
  // A path, so that tokens cannot be sent anywhere but here.
  if (!/^\/?[\w.~-]+(?:\/[\w.~-]+)*$/.test(clientPath)) {
    throw new ConfigurationError("clientPath", "must be a path, as client or /v1/client");
  }
  if (appName !== undefined && (typeof appName !== "string" || appName.length === 0 || appName.length > 64)) {
    throw new ConfigurationError("appName", "must be a name of 1 to 64 characters");
  }
  return {
    allowedOrigins: parseAllowedOrigins(allowedOrigins),
    returnsToLoopback: options.returnsToLoopback ?? false,
    clientPath,
    appName,
    hiddenFields: new Set(hiddenFields),
    messagingTemplates: options.messagingTemplates ?? (() => undefined),
    clock,
  };
}
