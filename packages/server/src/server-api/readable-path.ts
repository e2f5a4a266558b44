/** A percent sign that begins no escape. */
const STRAY_PERCENT = /%(?![0-9a-f]{2})/gi;

/**
 * The request with a path that can be decoded: the stock SDK puts ids into paths as they are, so `100%` arrives with its
 * percent sign bare. `undefined` for escapes that are not UTF-8.
 */
export function withReadablePath(request: Request): Request | undefined {
  const url = new URL(request.url);
  const path = url.pathname.replaceAll(STRAY_PERCENT, "%25");
  try {
    decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (path === url.pathname) return request;
  url.pathname = path;
  return new Request(url, request);
}
