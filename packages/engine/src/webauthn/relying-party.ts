import { ConfigurationError } from "@require-action/core";
import { defineOptions, isSecureWebOrigin, option, type OptionsSchema } from "@require-action/core/options";

/** Makes passkeys a method of the engine. */
export interface PasskeyOptions {
  /** The domain that passkeys are made for, as `bank.example`. Passkeys are lost when it changes. */
  readonly rpId: string;
  /** What the browser shows beside it; `rpId` by default. */
  readonly rpName?: string;
  /**
   * Where passkeys are used: the challenge page's origin and those of pages of your own, as `https://www.bank.example`, and Android
   * applications, as `android:apk-key-hash:` with the SHA-256 of the signing certificate in base64url. Applications on iOS have the
   * web origin of their associated domain.
   */
  readonly origins: readonly string[];
  /**
   * Other domains of yours that use the same passkeys, as `https://bank.co.nz`. Browsers ask
   * `https://<rpId>/.well-known/webauthn` for them: serve the engine's `relatedOrigins` there. Browsers take at least five names.
   * @see https://www.w3.org/TR/webauthn-3/#sctn-related-origins
   */
  readonly relatedOrigins?: readonly string[];
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
  /** All of them, related ones included. */
  readonly origins: readonly string[];
  readonly relatedOrigins: readonly string[];
  readonly topOrigins: readonly string[];
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^(?:localhost|(?:${LABEL}\\.)+${LABEL})$`);
const MAX_NAME = 64;

/** What Android says for an origin (Credential Manager): the SHA-256 of the certificate, in base64url without padding. */
const ANDROID_ORIGIN = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;

function isPasskeyOrigin(value: unknown): boolean {
  return isSecureWebOrigin(value) || (typeof value === "string" && ANDROID_ORIGIN.test(value));
}

// Browsers use passkeys on secure origins only.
const origin = option.matching(
  isSecureWebOrigin,
  "must be an origin, without a path or a slash after it, as https://www.bank.example",
);

/** The schema of the engine's `passkeys`. */
export const passkeysSchema: OptionsSchema<PasskeyOptions> = defineOptions<PasskeyOptions>({
  required: {
    rpId: option.setting(
      (value) => typeof value === "string" && value.length <= 253 && DOMAIN.test(value) && !/^[\d.]+$/.test(value),
      "must be a domain in lower case, as bank.example",
    ),
    origins: option.listOf(
      option.matching(
        isPasskeyOrigin,
        "must be an origin, without a path or a slash after it, as https://www.bank.example, or android:apk-key-hash: with a SHA-256 in base64url",
      ),
      { least: 1, of: "origins" },
    ),
  },
  optional: {
    rpName: option.matching(
      (value) => typeof value === "string" && value.trim() !== "" && value.length <= MAX_NAME,
      `must be a name of 1 to ${MAX_NAME} characters`,
    ),
    relatedOrigins: option.listOf(origin, { of: "origins" }),
    topOrigins: option.listOf(origin, { of: "origins" }),
  },
});

/** @throws ConfigurationError for an origin that passkeys of this domain cannot have */
export function parsePasskeyOptions(options: PasskeyOptions, name = "passkeys"): RelyingParty {
  const { rpId, rpName = rpId, origins, relatedOrigins = [], topOrigins = [] } = options;
  for (const [index, one] of origins.entries()) {
    if (ANDROID_ORIGIN.test(one)) continue;
    const { hostname } = new URL(one);
    if (hostname === rpId || hostname.endsWith(`.${rpId}`)) continue;
    throw new ConfigurationError(
      `${name}.origins[${index}]`,
      `must be of ${rpId} or of a subdomain; another domain goes into relatedOrigins`,
    );
  }
  return { rpId, rpName, origins: [...origins, ...relatedOrigins], relatedOrigins, topOrigins };
}
