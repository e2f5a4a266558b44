import type { Incoming } from "./incoming.ts";
import { errorReply } from "./reply.ts";

/** Any origin would do: what a request target says of host and scheme is believed nowhere. */
const ORIGIN = "http://localhost";

/** The absolute form (RFC 9112 section 3.2.2), without credentials: scheme, authority, and what is left of the target. */
const ABSOLUTE_FORM = /^https?:\/\/(?:[\w.~-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?((?:[/?][^]*)?)$/i;

/** What nearly all targets look like: no query, no escapes, no empty segments, none that begins with a dot. */
const EVERYDAY_TARGET = /^(?:\/[\w~!$&()*+,;=:@-][\w.~!$&()*+,;=:@-]*)+$/;

/** A percent sign in front of a letter or digit that begins no escape, as in `%zz` and `%u002e`. */
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})[0-9a-z]/i;
const STRAY_PERCENT = /%(?![0-9a-f]{2})/gi;

/**
 * Reads a request target as it was received, before any parser has changed it. The absolute form is read as any other, and
 * its authority is dropped.
 * @returns the origin form, path and query; `undefined` for a target that two readers might read differently: one that URL
 * parsing changes (dot segments, backslashes, control characters, a fragment, bytes beyond ASCII), one that begins with two
 * slashes, one with dot segments behind encoded separators, escapes that are broken or not UTF-8, and every other form
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function readTarget(raw: string): string | undefined {
  if (EVERYDAY_TARGET.test(raw)) return raw;
  const target = raw.startsWith("/") ? raw : originForm(raw);
  if (target === undefined || target.startsWith("//") || target.includes("#")) return undefined;
  const end = target.indexOf("?");
  const path = end === -1 ? target : target.slice(0, end);
  // The one character that URL parsing escapes in a query and RFC 3986 lets stand there; clients send it bare.
  const query = end === -1 ? "" : target.slice(end).replaceAll("'", "%27");
  if (new URL(ORIGIN + target).href !== ORIGIN + path + query) return undefined;
  return isPlainPath(path) ? target : undefined;
}

/**
 * The target of a message, as {@link readTarget} returns it; `undefined` unless it can be read in one way only, before and after any
 * mount has shortened it.
 */
export function plainTargetOf({ originalUrl, url = "" }: Incoming): string | undefined {
  const isWhole = typeof originalUrl !== "string" || originalUrl === url;
  return isWhole || readTarget(originalUrl) !== undefined ? readTarget(url) : undefined;
}

/** True when what a URL parser has left of a target could be read in one way only. It has been there first, and may hide what was sent. */
export function isPlainUrl({ pathname, hash }: URL): boolean {
  return !pathname.startsWith("//") && hash === "" && isPlainPath(pathname);
}

export function targetRefusal(): Response {
  return errorReply(
    400,
    "invalid_request",
    "The request target can be read in more than one way; send a path without dot segments, backslashes or broken escapes.",
  );
}

function originForm(raw: string): string | undefined {
  const rest = ABSOLUTE_FORM.exec(raw)?.[1];
  if (rest === undefined) return undefined;
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** What URL parsing leaves as it is, and others do not: a proxy that decodes a path finds these in it. */
function isPlainPath(path: string): boolean {
  if (BROKEN_ESCAPE.test(path)) return false;
  try {
    decodeURIComponent(path.replaceAll(STRAY_PERCENT, "%25"));
  } catch {
    return false;
  }
  const decoded = path.replaceAll(/%2e/gi, ".").replaceAll(/%(?:2f|5c)/gi, "/");
  return !decoded.split("/").some((segment) => segment === "." || segment === "..");
}
