import { Hono } from "hono";
import { cors } from "hono/cors";
import type { FetchHandler } from "./dispatcher.ts";

/**
 * Lets pages of the named origins call a handler. Origins are compared whole; an answer names no other, and its browser
 * keeps the answer from it.
 */
export function withCors(handler: FetchHandler, allowedOrigins: readonly string[]): FetchHandler {
  const app = new Hono<{ Bindings: { readonly environment: unknown } }>();
  app.use(
    cors({
      origin: [...allowedOrigins],
      credentials: true,
      allowMethods: ["GET", "POST", "PATCH", "DELETE"],
      allowHeaders: ["authorization", "content-type", "x-authsignal-version"],
      exposeHeaders: ["retry-after"],
      maxAge: 600,
    }),
  );
  app.all("*", ({ req, env: { environment } }) => handler(req.raw, environment));
  return async (request, environment) => app.fetch(request, { environment });
}
