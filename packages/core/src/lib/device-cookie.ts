/**
 * The cookie that a remembered device has. By its prefix, browsers take it only over https, for this very host, and for all of
 * its paths: no other host of the site can set or read it.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
 */
const NAME = "__Host-require-action-device";
const MAX_SECRET = 1024;
const COOKIE = new RegExp(`(?:^|;)\\s*${NAME}=([^;\\s]*)\\s*(?=;|$)`, "g");

/** True for what can be a device's secret, as it stands in a cookie. */
export function isDeviceSecret(secret: string): boolean {
  return secret.length <= MAX_SECRET && /^[\w.~-]+$/.test(secret);
}

/** Reads the secret of a `Cookie` header; none where the cookie is there twice, as either could be the attacker's. */
export function readDeviceSecret(cookie: string | undefined): string | undefined {
  if (cookie === undefined) return undefined;
  const found = [...cookie.matchAll(COOKIE)];
  const secret = found.length === 1 ? found[0]?.[1] : undefined;
  return secret !== undefined && isDeviceSecret(secret) ? secret : undefined;
}

/** Makes the `Set-Cookie` of a secret, which scripts do not see and other sites do not send, until `expiresAt` in milliseconds. */
export function deviceCookie({ secret, expiresAt }: { readonly secret: string; readonly expiresAt: number }): string {
  const expires = new Date(expiresAt).toUTCString();
  return `${NAME}=${secret}; Path=/; Expires=${expires}; Secure; HttpOnly; SameSite=Strict`;
}

/** Reads Authsignal's anonymous id of a `Cookie` header; none when the cookie is there twice, as either could be the attacker's. */
export function readDeviceId(cookie: string | undefined): string | undefined {
  if (cookie === undefined) return undefined;
  const found = [...cookie.matchAll(/(?:^|;)\s*__as_aid=([A-Za-z0-9-]{1,64})\s*(?=;|$)/g)];
  return found.length === 1 ? found[0]![1] : undefined;
}
