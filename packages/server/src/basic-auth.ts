import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** True for a request that carries one of the API secrets. */
export type BasicAuth = (request: Request) => boolean;

/**
 * Recognises callers of the Server API: HTTP Basic, the secret as user name, no password. Every secret is compared, by
 * digests of equal length, so that the time tells nothing.
 * @see https://www.rfc-editor.org/rfc/rfc7617#section-2
 */
export function createBasicAuth(apiSecrets: readonly string[]): BasicAuth {
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const expected = apiSecrets.map(digest);

  return (request) => {
    const given = digest(userNameOf(request) ?? "");
    let found = false;
    for (const one of expected) if (timingSafeEqual(one, given)) found = true;
    return found;
  };
}

function userNameOf(request: Request): string | undefined {
  const header = request.headers.get("authorization") ?? "";
  const [, credentials] = /^basic ([a-z0-9+/]{1,4096}={0,2})$/i.exec(header) ?? [];
  if (credentials === undefined) return undefined;
  const text = Buffer.from(credentials, "base64").toString("latin1");
  return text.endsWith(":") ? text.slice(0, -1) : undefined;
}
