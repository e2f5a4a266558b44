import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionContext } from "@nestjs/common";
import { ConfigurationError } from "@require-action/core";
import { fromIncomingMessage, type GuardRequest, receivedTarget } from "@require-action/core/adapter";

/** What Express's and Fastify's requests have in common; `raw` is Fastify's alone. */
interface HttpRequest {
  readonly method: string;
  readonly url: string;
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
  const { method, url, ip, body, raw = request as unknown as IncomingMessage } = request;
  const common = fromIncomingMessage(raw, response.raw ?? response, body, request);
  return { ...common, native: request, method, target: receivedTarget(raw, url), ip };
}
