import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import type { Delivery, Store } from "@require-action/engine";
import type { ConsoleOptions } from "./console/index.ts";
import type { Outbox } from "./dev/outbox.ts";
import type { ChallengePageOptions } from "./pages/index.ts";

const MIN_SECRET_LENGTH = 16;

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
  /** What stands in front of each path, when what the server is mounted in does not take it off. */
  readonly basePath?: string;
  /** The engine's store, for codes to addresses (`/challenge`, `/verify`, `/claim`) and for `compat`. */
  readonly store?: Store;
  /** The engine's delivery, for codes to addresses. */
  readonly delivery?: Delivery;
  /**
   * Lets `PATCH` move an action from any state to any other, as Authsignal does. A refused action can then become an
   * approved one; false by default, and then only legal transitions are made.
   */
  readonly compat?: boolean;
  /** How the challenge page looks. */
  readonly page?: Pick<ChallengePageOptions, "appName" | "hiddenFields" | "messagingTemplates">;
  /** Who decides reviews, at `/console`; without it there is no console. */
  readonly console?: ConsoleOptions;
  /** For a developer's machine only. */
  readonly dev?: DevOptions;
  readonly clock?: Clock;
}

/** What a developer's machine has on top. */
export interface DevOptions {
  /** Served at `/dev/outbox`, to whoever has the API secret. */
  readonly outbox: Outbox;
  /** Serves the outbox without credentials too, to requests for a loopback host name: only for a server that listens there. */
  readonly isLocal?: boolean;
}

/** The options with nothing left open. */
export interface ParsedServerOptions {
  readonly apiSecrets: readonly string[];
  readonly tenantId: string;
  readonly allowedOrigins: readonly string[];
  readonly basePath: string;
  readonly store: Store | undefined;
  readonly delivery: Delivery | undefined;
  readonly compat: boolean;
  readonly page: NonNullable<ServerOptions["page"]>;
  readonly console: ConsoleOptions | undefined;
  readonly dev: DevOptions | undefined;
  readonly clock: Clock;
}

const names: ReadonlySet<string> = new Set<keyof ServerOptions>([
  "apiSecrets",
  "tenantId",
  "allowedOrigins",
  "basePath",
  "store",
  "delivery",
  "compat",
  "page",
  "console",
  "dev",
  "clock",
]);

/** @throws ConfigurationError that names the option. The tenant, origins and path are checked by those who use them. */
export function parseServerOptions(options: ServerOptions): ParsedServerOptions {
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new ConfigurationError(name, "is not an option of the server");
  }
  const { apiSecrets, tenantId, allowedOrigins = [], basePath = "", store, delivery, compat = false } = options;
  const { page = {}, console, dev, clock = systemClock } = options;
  if (!Array.isArray(apiSecrets) || apiSecrets.length === 0) {
    throw new ConfigurationError("apiSecrets", "a list of at least one secret is needed");
  }
  for (const [index, secret] of apiSecrets.entries()) checkSecret(`apiSecrets[${index}]`, secret);
  if (!Array.isArray(allowedOrigins)) throw new ConfigurationError("allowedOrigins", "must be a list of origins");
  if (typeof compat !== "boolean") throw new ConfigurationError("compat", "must be true or false");
  if (store !== undefined && typeof store.transition !== "function") {
    throw new ConfigurationError("store", "is not a store");
  }
  if (compat && store === undefined) throw new ConfigurationError("store", "is needed for compat: the engine's own");
  if (dev !== undefined && typeof dev.outbox?.entries !== "function") {
    throw new ConfigurationError("dev.outbox", "is not an outbox");
  }
  if (typeof clock.now !== "function") throw new ConfigurationError("clock", "must have a method now()");
  return { apiSecrets, tenantId, allowedOrigins, basePath, store, delivery, compat, page, console, dev, clock };
}

/** Told by its place, never shown. */
function checkSecret(option: string, secret: unknown): void {
  if (typeof secret !== "string" || secret.length < MIN_SECRET_LENGTH) {
    throw new ConfigurationError(option, `must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  // A colon would end the user name of HTTP Basic (RFC 7617 section 2).
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(secret)) {
    throw new ConfigurationError(option, "must be visible ASCII without spaces or colons");
  }
}
