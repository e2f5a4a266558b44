import { invalid } from "./members.ts";

/** Refuses what users must not be sent to. @throws EngineError `request_invalid` */
export type CheckRedirectUrl = (redirectUrl: string) => void;

/**
 * A challenge page sends users, and the token of their action, to `redirectUrl`: only to an origin that was named. On a
 * developer's machine, to any loopback address too.
 */
export function createRedirectUrlCheck(allowedOrigins: readonly string[], isDev: boolean): CheckRedirectUrl {
  const allowed = new Set(allowedOrigins);

  return (redirectUrl) => {
    // URL parsers read past backslashes and control characters; such a URL does not go where it seems to.
    const isPlain = /^https?:\/\/[\u0021-\u005b\u005d-\u007e]+$/i.test(redirectUrl) && URL.canParse(redirectUrl);
    if (!isPlain) throw invalid("redirectUrl must be an http or https URL.");
    const url = new URL(redirectUrl);
    if (url.username !== "" || url.password !== "") throw invalid("redirectUrl must hold no credentials.");
    if (leadsWhereAllowed(url, allowed, isDev)) return;
    throw invalid("redirectUrl leads to an origin that is not among allowedOrigins (--allow-origin).");
  };
}

/** True for a URL of an origin that was named, and on a developer's machine for one of the web on the machine itself. */
export function leadsWhereAllowed(
  { origin, hostname, protocol }: URL,
  allowedOrigins: ReadonlySet<string>,
  isDev: boolean,
): boolean {
  return allowedOrigins.has(origin) || (isDev && /^https?:$/.test(protocol) && isLoopbackHost(hostname));
}

/** True for the names that a URL has for the machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
