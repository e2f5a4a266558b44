import type { IncomingMessage, ServerResponse } from "node:http";
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

/** What a guard sees of the request that a handler is reached by. */
export function guardRequest(context: ExecutionContext): GuardRequest<object> {
  const request = httpRequest(context);
  const response = context.switchToHttp().getResponse<ServerResponse & { readonly raw?: ServerResponse }>();
  const { method, originalUrl, ip, body, raw = request as unknown as IncomingMessage } = request;
  const common = fromIncomingMessage(raw, response.raw ?? response, body);
  return { ...common, native: request, method, target: originalUrl, ip };
}
