import { ACTION_TOKEN_HEADER } from "../wire/wire.ts";
import type { PreparedRequest } from "./prepared-request.ts";

/**
 * True where the browser does not send the token to this address, as its CORS check allows no such header: the request has
 * not left, so nothing has run. Script sees no difference between that and a lost connection, so the address is asked by
 * `GET`, which changes nothing, with and without the header. False in any doubt, and for an address of the page's own origin.
 */
export async function isTokenHeaderRefused(
  { request: { url, credentials, mode }, fetch }: PreparedRequest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (mode !== "cors" || typeof location === "undefined" || new URL(url).origin === location.origin) return false;
  const arrives = (headers: Record<string, string>): Promise<boolean> => {
    const init = { headers, credentials, cache: "no-store", redirect: "manual", signal: signal ?? null } as const;
    return fetch(new Request(url, init)).then(
      () => true,
      () => false,
    );
  };
  const header = { [ACTION_TOKEN_HEADER]: "preflight" };
  // Once more at the end, as the connection may have come back in between.
  return !(await arrives(header)) && (await arrives({})) && !(await arrives(header));
}
