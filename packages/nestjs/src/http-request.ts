import type { IncomingMessage } from "node:http";
import type { ExecutionContext } from "@nestjs/common";
import { ConfigurationError, fromIncomingMessage, type GuardRequest } from "@require-action/core";

/** What Express's and Fastify's requests have in common; `raw` is Fastify's alone. */
interface HttpRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly ip: string | undefined;
  readonly body: unknown;
  readonly raw?: IncomingMessage;
}

/** The platform's request. Throws for a handler that something else than HTTP reaches, whose input no guard understands. */
export function httpRequest(context: ExecutionContext): HttpRequest {
  const type = context.getType<string>();
  if (type !== "http") {
    throw new ConfigurationError("RequireAction", `guards HTTP routes only, and this handler is reached by ${type}`);
  }
  return context.switchToHttp().getRequest<HttpRequest>();
}

export function guardRequest(request: HttpRequest): GuardRequest<object> {
  const { method, originalUrl, ip, body, raw = request as unknown as IncomingMessage } = request;
  return { ...fromIncomingMessage(raw, body), native: request, method, target: originalUrl, ip };
}
