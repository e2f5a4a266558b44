import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionContext } from "@nestjs/common";
import { ConfigurationError } from "@require-action/core";
import {
  fromIncomingMessage,
  type GuardRequest,
  type ProxyTrust,
  proxyTrust,
  passesOver,
  receivedTarget,
} from "@require-action/core/adapter";

/** What Express's and Fastify's requests have in common. */
interface CommonRequest {
  readonly method: string;
  readonly url: string;
  readonly ip: string | undefined;
  readonly body: unknown;
}

interface ExpressRequest extends CommonRequest {
  readonly raw?: undefined;
  readonly app: { get(setting: string): unknown };
}

interface FastifyRequest extends CommonRequest {
  readonly raw: IncomingMessage;
  readonly ips?: readonly string[] | undefined;
  readonly server: { hasContentTypeParser(type: string): boolean };
}

/** Express's response, or Fastify's reply, which has headers of its own that replace those of the raw response. */
type HttpResponse = ServerResponse & { readonly raw?: ServerResponse; header(name: string, value: string): unknown };

type HttpRequest = ExpressRequest | FastifyRequest;

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
  const response = context.switchToHttp().getResponse<HttpResponse>();
  const { method, url, ip, body } = request;
  const raw = request.raw ?? (request as unknown as IncomingMessage);
  const common = fromIncomingMessage(raw, response.raw ?? response, body, request);
  const passedOver = request.raw && (() => passesOver(request.server, request.raw));
  return {
    ...common,
    ...(passedOver && { body: { ...common.body, passedOver } }),
    ...(response.raw && { setCookie: (cookie: string) => void response.header("set-cookie", cookie) }),
    native: request,
    method,
    target: receivedTarget(raw, url),
    ip,
    trustedProxies,
  };

  /** Fastify keeps to itself whom it trusts; of `ips` the first is the connection's, and those behind it are believed. */
  function trustedProxies(): ProxyTrust {
    if (request.raw === undefined) return proxyTrust(request.app.get("trust proxy"));
    return (request.ips?.length ?? 1) > 1 ? "some" : "none";
  }
}
