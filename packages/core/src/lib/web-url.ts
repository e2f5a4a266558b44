/** As long as the engine and browsers take a URL, written in ASCII. */
const MAX_LENGTH = 2_048;

// oxlint-disable-next-line no-control-regex -- URL parsers drop control characters, and read a backslash as a slash
const MISLEADING = /[\u0000-\u0020\u007f\\]/;
const ASCII = /^[\u0021-\u007e]+$/;
/** Nothing in these could end a directive of a content security policy. */
const WEB_ORIGIN = /^https?:\/\/[a-z0-9._:[\]-]+$/;

/** True for the origin of a web page, as browsers serialize it: scheme, host, and a port other than the scheme's own. */
export function isWebOrigin(value: unknown): value is string {
  return typeof value === "string" && WEB_ORIGIN.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

/** Schemes whose pages have an origin of their own in a native or hybrid application or an extension. */
const APP_ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/[a-z0-9._-]+(?::\d{1,5})?$/;
/** Schemes whose pages share one origin with all others, or with nobody. */
const NO_APP_SCHEMES: ReadonlySet<string> = new Set(
  "about,blob,data,file,filesystem,ftp,http,https,intent,javascript,vbscript,view-source,ws,wss".split(","),
);

/**
 * True for the origin that pages of a web view send (RFC 6454 section 7), as `capacitor://localhost`, `ionic://localhost`,
 * `app://bundle` and `chrome-extension://…`. Never `null`, which is what every file and sandboxed frame sends.
 */
export function isAppOrigin(value: unknown): value is string {
  const [, scheme] = (typeof value === "string" && value.length <= 256 && APP_ORIGIN.exec(value)) || [];
  return scheme !== undefined && !NO_APP_SCHEMES.has(scheme);
}

/** What leads back to an application (RFC 8252 section 7.1): the origin, then a path, a query, a fragment, or nothing. */
const APP_URL = /^([^/?#]*:\/\/[^/?#]*)(?:[/?#]|$)/;

/** The part of a URL that an application is known by, or undefined where it leads to none. */
function appOriginOf(url: string): string | undefined {
  const [, origin] = APP_URL.exec(url) ?? [];
  return isAppOrigin(origin) ? origin : undefined;
}

/** True for an origin whose pages browsers trust with passkeys: https, or http at `localhost` and its subdomains. */
export function isSecureWebOrigin(value: unknown): value is string {
  return isWebOrigin(value) && (value.startsWith("https:") || /^(?:.+\.)?localhost$/.test(new URL(value).hostname));
}

/**
 * True for the names that a URL has for the machine itself: `localhost` and names below it (RFC 6761 section 6.3),
 * `127.0.0.0/8` and `[::1]`.
 *
 * @param hostname as `URL#hostname` gives it: in lower case, IPv6 in brackets
 */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Where users may be redirected to. */
export interface RedirectTargets {
  readonly origins: readonly string[];
  /** The option that lists the origins, as messages name it. */
  readonly option: string;
  /** Accepts web servers on this machine too, on any port. */
  readonly loopback?: boolean;
}

/** True when the URL leads to one of these targets. The origin of an application's is opaque to URL parsers. */
function leadsToTarget(url: string, { origins, loopback }: RedirectTargets): boolean {
  const { origin: parsed, hostname, protocol } = new URL(url);
  const origin = appOriginOf(url) ?? parsed;
  return origins.includes(origin) || (loopback === true && /^https?:$/.test(protocol) && isLoopbackHost(hostname));
}

/** A redirect URL as it is sent, or why it is refused. */
type RedirectUrl = { readonly url: string } | { readonly problem: string };

const tooLong: RedirectUrl = { problem: `must have at most ${MAX_LENGTH} characters, written in ASCII` };

/**
 * Reads a redirect URL: absolute, of the web or of an application (`com.example.bank://done`), no credentials, nothing that
 * parsers read differently. One that is not ASCII is written so, its host in Punycode and its path percent-encoded, as browsers send it; any other stays as it is.
 * @param targets - Where it may lead; anywhere when omitted
 */
export function parseRedirectUrl(given: unknown, targets?: RedirectTargets): RedirectUrl {
  if (typeof given !== "string") return { problem: "must be a string" };
  if (given.length > MAX_LENGTH) return tooLong;
  if (MISLEADING.test(given)) return { problem: "must not hold spaces, control characters or backslashes" };
  // A third slash is a path to RFC 3986, and nothing to browsers.
  const isForPeople = /^https?:\/\/[^/]/i.test(given) || appOriginOf(given) !== undefined;
  if (!isForPeople || !given.isWellFormed() || !URL.canParse(given)) {
    return { problem: "must be an absolute http(s) URL, or one that an application opens, as com.example.bank://done" };
  }
  const parsed = new URL(given);
  if (parsed.username || parsed.password) return { problem: "must not hold credentials" };
  if (targets && !leadsToTarget(given, targets)) {
    return { problem: `has an origin that ${targets.option} does not list` };
  }
  const url = ASCII.test(given) ? given : parsed.href;
  return url.length > MAX_LENGTH ? tooLong : { url };
}
