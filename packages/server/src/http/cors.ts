import type { FetchHandler } from "./dispatcher.ts";

const PREFLIGHT_SECONDS = "600";

/**
 * Lets pages of the named origins call a handler. Origins are compared whole; others get no header, and their browser
 * keeps the answer from them.
 */
export function withCors(handler: FetchHandler, allowedOrigins: readonly string[]): FetchHandler {
  const allowed = new Set(allowedOrigins);

  return async (request, environment) => {
    const origin = request.headers.get("origin");
    const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    const answer = isPreflight ? new Response(undefined, { status: 204 }) : await handler(request, environment);
    const headers = new Headers(answer.headers);
    headers.append("vary", "Origin");
    if (origin !== null && allowed.has(origin)) {
      headers.set("access-control-allow-origin", origin);
      headers.set("access-control-allow-credentials", "true");
      if (isPreflight) {
        headers.set("access-control-allow-methods", "GET, POST, PATCH, DELETE");
        headers.set("access-control-allow-headers", "authorization, content-type, x-authsignal-version");
        headers.set("access-control-max-age", PREFLIGHT_SECONDS);
      } else {
        headers.set("access-control-expose-headers", "retry-after");
      }
    }
    return new Response(answer.body, { status: answer.status, headers });
  };
}
