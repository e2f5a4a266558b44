import { isIP, isIPv4 } from "node:net";
import type { WarningCode } from "../reply/errors.ts";
import type { GuardRequest } from "./guard-request.ts";

/** Longer than any address with zone, brackets, port and quotes. */
const MAX_LENGTH = 256;

/** Nodes of RFC 7239 section 6. A port is a number, or a name that hides it. */
const IPV6_NODE = /^\[([^\]]+)\](?::(?:\d{1,5}|_[\w.-]+))?$/;
const IPV4_NODE = /^([\d.]+)(?::(?:\d{1,5}|_[\w.-]+))?$/;
/** An IPv4 address in IPv6 (RFC 4291 section 2.5.5.2), as URLs serialize it. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/** The names of nodes that deliberately say nothing, and of sockets that have no address. */
const NAMELESS = /^(?:$|unknown$|_|unix:|\/|@)/i;

/**
 * Reads the address of a client as sockets, proxies and frameworks write it, and returns it in its one canonical spelling:
 * dotted decimal for IPv4, also where it is mapped into IPv6, and RFC 5952 for IPv6. A port, brackets, quotes, the zone of a
 * link and the empty elements of a list are taken off.
 *
 * Anything else is `undefined`: `unknown` and hidden names (RFC 7239 section 6), Unix sockets, host names, shorthands and octal
 * numbers, and lists of several, in which nobody has said which one to believe.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-6
 * @see https://www.rfc-editor.org/rfc/rfc5952#section-4
 */
export function parseClientAddress(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > MAX_LENGTH) return undefined;
  // As nearly all are, and as sockets of both families write them.
  const plain = given.startsWith("::ffff:") ? given.slice("::ffff:".length) : given;
  if (isIPv4(plain)) return plain;
  const node = unquoted(onlyElement(given));
  const [, bracketed] = IPV6_NODE.exec(node) ?? [];
  if (bracketed !== undefined) return canonicalIPv6(bracketed);
  const [, dotted = ""] = IPV4_NODE.exec(node) ?? [];
  return isIPv4(dotted) ? dotted : canonicalIPv6(node);
}

/** The element of a list that is not empty (RFC 9110 section 5.6.1.2); nothing where there are several. */
function onlyElement(list: string): string {
  const [first = "", ...others] = list.split(",").flatMap((element) => element.trim() || []);
  return others.length === 0 ? first : "";
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

function canonicalIPv6(text: string): string | undefined {
  // A zone names a link of the machine that saw the address (RFC 4007 section 11), and means nothing elsewhere.
  const [address = ""] = text.split("%", 1);
  if (isIP(address) !== 6) return undefined;
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(written) ?? [];
  if (high === undefined || low === undefined) return written;
  return [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]).join(".");
}

const ADDRESS_OF_CONNECTION =
  "A request was forwarded, and the framework does not trust who forwarded it: the client's address is that of the connection. If a proxy of yours forwards requests, trust it; rules and limits else see the proxy for every client.";
/** As of Hono elsewhere than on Node, and of a `Request` alone. */
const NO_ADDRESS =
  "A request was forwarded, and the platform states no address of its client, so rules and limits know none. Return the client's address from clientAddress.";

type Warn = (code: WarningCode, message: string) => void;

/** Reads a client's address, and looks at how it came about. */
export type AddressReader = (request: GuardRequest<object>, given: unknown) => string | undefined;

/**
 * Creates a reader of client addresses, as {@link parseClientAddress} reads them. It warns once of each: a framework that trusts
 * every proxy, so that clients choose their address; one that does not trust who forwards; and text that is no address.
 */
export function createAddressReader(warn: Warn): AddressReader {
  const warned = new Set<WarningCode>();
  const warnOnce: Warn = (code, message) => {
    if (warned.has(code)) return;
    warned.add(code);
    warn(code, message);
  };
  let hasLooked = false;
  const warnOfTrust = (request: GuardRequest<object>): void => {
    // What the application has set is looked at once, and again where it matters.
    const forwarded = isForwarded(request);
    if (hasLooked && !forwarded) return;
    hasLooked = true;
    const trust = request.trustedProxies?.();
    if (trust === "any") {
      warnOnce(
        "RA_ANY_PROXY_TRUSTED",
        "The framework trusts every proxy, so a client can choose its address by X-Forwarded-For. Trust the number of your proxies, or their addresses.",
      );
    } else if (trust === "none" && forwarded) {
      warnOnce("RA_PROXY_NOT_TRUSTED", request.ip === undefined ? NO_ADDRESS : ADDRESS_OF_CONNECTION);
    }
  };
  return (request, given) => {
    if (given === request.ip) warnOfTrust(request);
    const address = parseClientAddress(given);
    if (address === undefined) warnIfUnreadable(given, warnOnce);
    return address;
  };
}

function isForwarded(request: GuardRequest<object>): boolean {
  return (request.header("x-forwarded-for") ?? request.header("forwarded")) !== undefined;
}

function warnIfUnreadable(given: unknown, warn: Warn): void {
  if (given === undefined || given === null) return;
  if (typeof given === "string" && NAMELESS.test(given.trim())) return;
  warn(
    "RA_ADDRESS_UNREADABLE",
    "What the framework or clientContext gives as a client's address is no IP address: it is left out, and unknown to rules.",
  );
}
