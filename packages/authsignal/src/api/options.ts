import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, isLoopbackHost, option, readOptions } from "@require-action/core/options";
import type { Dispatcher } from "undici";
import type { AuthsignalClient } from "./sdk-transport.ts";

const DEFAULT_API_URL = "https://api.authsignal.com/v1";

/** How to reach Authsignal's Server API. */
export interface ServerApiOptions {
  /** The Server API secret key of the tenant. */
  readonly apiSecretKey: string;
  /**
   * The region's address, `https://api.authsignal.com/v1` (US) when absent. Plain `http` is accepted for a loopback
   * address, and for `plainHttpHost`. The host is fixed here: nothing that comes later, a redirect included, leads elsewhere.
   */
  readonly apiUrl?: string;
  /**
   * The host that `apiUrl` names with plain `http`, such as the service `require-action` of a compose file. Whoever can read
   * or change what goes over that network has the secret key, and decides every action: name a host of a private one only.
   * It must be the host of `apiUrl`, so that it never outlives its reason, and `routes` shows it with every guard.
   */
  readonly plainHttpHost?: string;
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
  /** A host other than this machine that is called by plain `http`. */
  readonly plainHttpHost: string | undefined;
  readonly dispatcher: Dispatcher | undefined;
  readonly clock: Clock;
}

const serverApiSchema = defineOptions<ServerApiOptions>({
  required: {
    apiSecretKey: option.setting(
      // A colon would end the user name of HTTP Basic (RFC 7617 section 2); a line end comes from a file read carelessly.
      (value) => typeof value === "string" && /^[\x21-\x39\x3b-\x7e]+$/.test(value),
      "must be the tenant's Server API secret key: visible ASCII without spaces, line ends or colons",
    ),
  },
  optional: {
    apiUrl: option.setting((value) => typeof value === "string" && URL.canParse(value), "must be a URL"),
    plainHttpHost: option.setting((value) => typeof value === "string" && value !== "", "must be a host"),
    dispatcher: option.withMethods("dispatch"),
    clock: option.withMethods("now"),
  },
});

const sdkSchema = defineOptions<SdkOptions>({
  required: { client: option.withMethods("track", "validateChallenge", "getAction") },
  optional: {},
});

/** True for options that name an SDK instance. */
export function isSdkOptions(options: unknown): boolean {
  return typeof options === "object" && options !== null && "client" in options;
}

/** Reads the options of the Server API; what is wrong is named without being shown. */
export function readServerApiOptions(given: unknown): ServerApiTarget {
  const {
    apiSecretKey,
    apiUrl = DEFAULT_API_URL,
    plainHttpHost,
    dispatcher,
    clock = systemClock,
  } = readOptions("authsignal", serverApiSchema, given);
  return { ...parseApiUrl(apiUrl, plainHttpHost), apiSecretKey, dispatcher, clock, plainHttpHost };
}

/** Reads the options that name an SDK instance. */
export function readSdkOptions(given: unknown): AuthsignalClient {
  return readOptions("authsignal", sdkSchema, given).client;
}

function parseApiUrl(apiUrl: string, plainHttpHost: string | undefined): Pick<ServerApiTarget, "origin" | "basePath"> {
  const url = new URL(apiUrl);
  if (plainHttpHost !== undefined) refuseIdlePlainHttpHost(url, plainHttpHost);
  else if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackHost(url.hostname))) {
    throw new ConfigurationError(
      "apiUrl",
      "must be https; http is accepted for a loopback address, and for a host of a private network that plainHttpHost names",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError("apiUrl", "must not contain credentials; they belong in apiSecretKey");
  }
  if (/[?#]/.test(apiUrl)) throw new ConfigurationError("apiUrl", "must not have a query or a fragment");
  let basePath = url.pathname;
  while (basePath.endsWith("/")) basePath = basePath.slice(0, -1);
  return { origin: url.origin, basePath };
}

/** What weakens a check stands only where it is needed, and names exactly what it lets by. */
function refuseIdlePlainHttpHost({ protocol, hostname }: URL, plainHttpHost: string): void {
  if (protocol !== "http:" || isLoopbackHost(hostname)) {
    throw new ConfigurationError("plainHttpHost", "is for an apiUrl with http on another machine: leave it out");
  }
  if (plainHttpHost !== hostname) {
    throw new ConfigurationError(
      "plainHttpHost",
      `must be the host of apiUrl, ${JSON.stringify(hostname)}, and no port`,
    );
  }
  if (/(?:^|\.)authsignal\.com$/.test(hostname)) {
    throw new ConfigurationError("plainHttpHost", "must not be Authsignal's cloud, which is called by https");
  }
}
