// oxlint-disable-next-line no-control-regex -- URL parsers drop control characters, and read a backslash as a slash
const MISLEADING = /[\u0000-\u0020\u007f\\]/;

/** Says why a redirect URL is refused, or `undefined`: absolute http(s), no credentials, nothing that parsers read differently. */
export function findRedirectProblem(url: unknown, origins?: readonly string[]): string | undefined {
  if (typeof url !== "string") return "must be a string";
  if (MISLEADING.test(url)) return "must not hold spaces, control characters or backslashes";
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return "must be an absolute http(s) URL";
  const parsed = new URL(url);
  if (parsed.username || parsed.password) return "must not hold credentials";
  if (origins && !origins.includes(parsed.origin)) return "has an origin that redirectOrigins does not list";
  return undefined;
}
