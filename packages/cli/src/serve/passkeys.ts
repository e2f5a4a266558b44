import { isIP } from "node:net";
import { isSecureWebOrigin } from "@require-action/core/options";
import type { PasskeyOptions } from "@require-action/engine";

/**
 * Passkeys for the challenge page, and for pages of the applications that share its domain; `undefined` where there is
 * no domain: passkeys are not made for addresses.
 */
export function passkeysFor(
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
