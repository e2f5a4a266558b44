import { ConfigurationError } from "@require-action/core";
import { defineOptions, isSecureWebOrigin, option, type OptionsSchema } from "@require-action/core/options";

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

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^(?:localhost|(?:${LABEL}\\.)+${LABEL})$`);
const MAX_NAME = 64;

// Browsers use passkeys on secure origins only.
const origin = option.matching(isSecureWebOrigin, "must be an origin, as https://www.bank.example");

/** The schema of the engine's `passkeys`. */
export const passkeysSchema: OptionsSchema<PasskeyOptions> = defineOptions<PasskeyOptions>({
  required: {
    rpId: option.setting(
      (value) => typeof value === "string" && value.length <= 253 && DOMAIN.test(value) && !/^[\d.]+$/.test(value),
      "must be a domain in lower case, as bank.example",
    ),
    origins: option.listOf(origin, { least: 1, of: "origins" }),
  },
  optional: {
    rpName: option.matching(
      (value) => typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME,
      `must be a name of 1 to ${MAX_NAME} characters`,
    ),
    topOrigins: option.listOf(origin, { of: "origins" }),
  },
});

/** @throws ConfigurationError for an origin that passkeys of this domain cannot have */
export function parsePasskeyOptions(options: PasskeyOptions): RelyingParty {
  const { rpId, rpName = rpId, origins, topOrigins = [] } = options;
  for (const [index, one] of origins.entries()) {
    const { hostname } = new URL(one);
    if (hostname === rpId || hostname.endsWith(`.${rpId}`)) continue;
    throw new ConfigurationError(`passkeys.origins[${index}]`, `must be of ${rpId} or of a subdomain`);
  }
  return { rpId, rpName, origins, topOrigins };
}
