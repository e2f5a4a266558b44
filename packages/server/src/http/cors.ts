import { Hono } from "hono";
import { cors } from "hono/cors";
import type { FetchHandler } from "./exchange.ts";

const ownHeaders = ["authorization", "content-type", "x-authsignal-version"];
/** What tracing in a page adds to every request: W3C Trace Context and Baggage, Sentry, Datadog, Zipkin. */
const tracingHeaders: readonly string[] = [
  "traceparent",
  "tracestate",
  "baggage",
  "sentry-trace",
  "x-datadog-trace-id",
  "x-datadog-parent-id",
  "x-datadog-origin",
  "x-datadog-sampling-priority",
  "b3",
  "x-request-id",
];

/**
 * Lets pages of the named origins call a handler. Origins are compared whole; an answer names no other, and its browser
 * keeps the answer from it.
 */
export function withCors(
  handler: FetchHandler,
  allowedOrigins: readonly string[],
  allowedHeaders: readonly string[] = tracingHeaders,
): FetchHandler {
  const app = new Hono<{ Bindings: { readonly environment: unknown } }>();
  app.use(
    cors({
      origin: [...allowedOrigins],
      credentials: true,
      allowMethods: ["GET", "POST", "PATCH", "DELETE"],
      allowHeaders: [...ownHeaders, ...allowedHeaders],
      exposeHeaders: ["retry-after"],
      maxAge: 600,
    }),
  );
  app.all("*", ({ req, env: { environment } }) => handler(req.raw, environment));
  return async (request, environment) => app.fetch(request, { environment });
}
