import { ConfigurationError } from "@require-action/core";

/** Makes passkeys a method of the engine. */
export interface PasskeyOptions {
  /** The domain that passkeys are made for, as `bank.example`. Passkeys are lost when it changes. */
  readonly rpId: string;
  /** What the browser shows beside it; `rpId` by default. */
  readonly rpName?: string;
  /** Where passkeys are used, as `https://www.bank.example`: the challenge page's origin, and those of pages of your own. */
  readonly origins: readonly string[];
  /**
   * Pages that may show one of `origins` in a frame, as `launch` does in popup mode when the challenge page has an origin
   * of its own. None by default, and then a passkey used in a frame of another site is refused.
   */
  readonly topOrigins?: readonly string[];
}

/** The options, with nothing left open. */
export interface RelyingParty {
  readonly rpId: string;
  readonly rpName: string;
  readonly origins: readonly string[];
  readonly topOrigins: readonly string[];
}

const names: ReadonlySet<string> = new Set<keyof PasskeyOptions>(["rpId", "rpName", "origins", "topOrigins"]);
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^(?:localhost|(?:${LABEL}\\.)+${LABEL})$`);
const MAX_NAME = 64;

/** @throws ConfigurationError that names the option. */
export function parsePasskeyOptions(options: PasskeyOptions): RelyingParty {
  if (typeof options !== "object" || options === null) throw new ConfigurationError("passkeys", "must be an object");
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new ConfigurationError(`passkeys.${name}`, "is not an option of passkeys");
  }
  const { rpId, rpName = rpId, origins, topOrigins = [] } = options;
  if (typeof rpId !== "string" || rpId.length > 253 || !DOMAIN.test(rpId) || /^[\d.]+$/.test(rpId)) {
    throw new ConfigurationError("passkeys.rpId", "must be a domain in lower case, as bank.example");
  }
  if (typeof rpName !== "string" || rpName.trim() === "" || rpName.length > MAX_NAME) {
    throw new ConfigurationError("passkeys.rpName", `must be a name of 1 to ${MAX_NAME} characters`);
  }
  if (!Array.isArray(origins) || origins.length === 0) {
    throw new ConfigurationError("passkeys.origins", "must be a list of at least one origin");
  }
  if (!Array.isArray(topOrigins)) throw new ConfigurationError("passkeys.topOrigins", "must be a list of origins");
  return {
    rpId,
    rpName,
    origins: origins.map((origin, index) => {
      const { hostname } = parseOrigin(`passkeys.origins[${index}]`, origin);
      if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
        throw new ConfigurationError(`passkeys.origins[${index}]`, `must be of ${rpId} or of a subdomain`);
      }
      return origin;
    }),
    topOrigins: topOrigins.map((origin, index) => {
      parseOrigin(`passkeys.topOrigins[${index}]`, origin);
      return origin;
    }),
  };
}

/** Browsers use passkeys on https only, and on the machine itself. */
function parseOrigin(option: string, origin: unknown): URL {
  const url = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : undefined;
  const isLoopback = url !== undefined && /^(?:.+\.)?localhost$/.test(url.hostname);
  if (
    url === undefined ||
    url.origin !== origin ||
    !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback))
  ) {
    throw new ConfigurationError(option, "must be an origin, as https://www.bank.example");
  }
  return url;
}
