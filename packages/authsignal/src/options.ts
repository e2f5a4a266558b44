import { isIPv4 } from "node:net";
import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import type { Dispatcher } from "undici";
import type { AuthsignalClient } from "./sdk-api.ts";

const DEFAULT_API_URL = "https://api.authsignal.com/v1";

/** How to reach Authsignal's Server API. */
export interface ServerApiOptions {
  /** The Server API secret key of the tenant. */
  readonly apiSecretKey: string;
  /**
   * The region's address, `https://api.authsignal.com/v1` (US) when absent. Plain `http` is accepted for a loopback
   * address only. The host is fixed here: nothing that comes later, a redirect included, leads elsewhere.
   */
  readonly apiUrl?: string;
  /**
   * An undici dispatcher to send with, for a proxy or a client certificate. Without one, the provider has an agent of its
   * own. The process-wide dispatcher is neither used nor set.
   */
  readonly dispatcher?: Dispatcher;
  /** Times how long a `Retry-After` is honoured; the machine's clock when absent. */
  readonly clock?: Clock;
}

/** An instance of the official SDK, `@authsignal/node`, to call instead. */
export interface SdkOptions {
  readonly client: AuthsignalClient;
}

/** Options of {@link authsignal}: the Server API called directly, or by an `@authsignal/node` client of your own. */
export type AuthsignalOptions = ServerApiOptions | SdkOptions;

/** Where and as whom the Server API is called; every part has been checked. */
export interface ServerApiTarget {
  readonly origin: string;
  /** The path of `apiUrl`, without a slash at its end. */
  readonly basePath: string;
  readonly apiSecretKey: string;
  readonly dispatcher: Dispatcher | undefined;
  readonly clock: Clock;
}

/** Checks the options of the Server API; what is wrong is named without being shown. */
export function parseServerApiOptions(options: ServerApiOptions): ServerApiTarget {
  refuseUnknownOptions(options, ["apiSecretKey", "apiUrl", "dispatcher", "clock"]);
  const { apiSecretKey, apiUrl = DEFAULT_API_URL, dispatcher, clock = systemClock } = options;
  if (typeof apiSecretKey !== "string" || apiSecretKey === "") {
    throw new ConfigurationError("apiSecretKey", "must be the tenant's Server API secret key");
  }
  // A colon would end the user name of HTTP Basic (RFC 7617 section 2); a line end comes from a file read carelessly.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(apiSecretKey)) {
    throw new ConfigurationError("apiSecretKey", "must be visible ASCII without spaces, line ends or colons");
  }
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function") {
    throw new ConfigurationError("dispatcher", "must be an undici dispatcher");
  }
  if (typeof clock?.now !== "function") throw new ConfigurationError("clock", "must have a now() method");
  return { ...parseApiUrl(apiUrl), apiSecretKey, dispatcher, clock };
}

/** Checks the options that name an SDK instance. */
export function parseSdkOptions(options: SdkOptions): AuthsignalClient {
  refuseUnknownOptions(options, ["client"]);
  const { client } = options;
  for (const method of ["track", "validateChallenge", "getAction"] as const) {
    if (typeof client?.[method] !== "function") {
      throw new ConfigurationError("client", `must be an instance of @authsignal/node; it has no ${method}()`);
    }
  }
  return client;
}

function parseApiUrl(apiUrl: unknown): Pick<ServerApiTarget, "origin" | "basePath"> {
  if (typeof apiUrl !== "string" || !URL.canParse(apiUrl)) throw new ConfigurationError("apiUrl", "must be a URL");
  const url = new URL(apiUrl);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new ConfigurationError("apiUrl", "must be https; http is accepted for a loopback address only");
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError("apiUrl", "must hold no credentials; they belong in apiSecretKey");
  }
  if (/[?#]/.test(apiUrl)) throw new ConfigurationError("apiUrl", "must have no query and no fragment");
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}

/** Refuses an option that is not among the known ones: a mistyped one would be passed over otherwise. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ConfigurationError(name, `is not an option; known are ${known.join(", ")}`);
  }
}
