import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GuardRequest, ProxyTrust, RequestBody } from "./guard-request.ts";
import { mediaTypeOf } from "./media-type.ts";
import { type EndListener, whenResponseEnded } from "./response-end.ts";

/** What a framework on `node:http` knows of a request by itself. */
export interface FrameworkRequest<Native extends object> extends Pick<
  GuardRequest<Native>,
  "native" | "method" | "target" | "ip"
> {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** What the parser left. */
  readonly body: unknown;
  /** Where it left that, with the text as `rawBody` beside it: a string or bytes. */
  readonly parsed: object;
  readonly trustedProxies: (native: Native) => ProxyTrust | undefined;
}

/**
 * A request of a framework on `node:http`. A class, whose methods are there once: an object literal with a function for each is
 * made anew for each request, and one that is spread into another costs as much as the seal.
 */
export class NodeRequest<Native extends object> implements GuardRequest<Native> {
  readonly native: Native;
  readonly method: string;
  readonly target: string;
  readonly ip: string | undefined;
  readonly body: RequestBody;
  private readonly incoming: IncomingMessage;
  private readonly outgoing: ServerResponse;
  private readonly streams: boolean;
  private readonly trust: FrameworkRequest<Native>["trustedProxies"];

  constructor({
    native,
    method,
    target,
    ip,
    incoming,
    outgoing,
    body,
    parsed,
    trustedProxies,
  }: FrameworkRequest<Native>) {
    this.native = native;
    this.method = method;
    this.target = target;
    this.ip = ip;
    this.body = parsedBody(incoming, body, parsed);
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.streams = outgoing.headersSent;
    this.trust = trustedProxies;
  }

  header(name: string): string | undefined {
    return headerOf(this.incoming, name);
  }

  closed(): boolean {
    return isClosed(this.incoming, this.outgoing, this.streams);
  }

  whenEnded(listener: EndListener): void {
    whenResponseEnded(this.outgoing, listener);
  }

  setCookie(cookie: string): void {
    addCookie(this.outgoing, cookie);
  }

  trustedProxies(): ProxyTrust | undefined {
    return this.trust(this.native);
  }
}

/**
 * The part of a {@link GuardRequest} that every framework on `node:http` reads alike. A parser that keeps the text leaves it
 * as `rawBody` beside the `body` that it parsed, on `parsed`: a string or bytes.
 */
export function fromIncomingMessage(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: unknown,
  parsed: object = incoming,
): Pick<GuardRequest<object>, "header" | "body" | "closed" | "whenEnded"> &
  Required<Pick<GuardRequest<object>, "setCookie">> {
  const streams = outgoing.headersSent;
  return {
    header: (name) => headerOf(incoming, name),
    body: parsedBody(incoming, body, parsed),
    closed: () => isClosed(incoming, outgoing, streams),
    whenEnded: (listener) => whenResponseEnded(outgoing, listener),
    setCookie: (cookie) => addCookie(outgoing, cookie),
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return Array.isArray(value) ? value.join(", ") : value;
}

/**
 * @param streams true where headers were sent before the guard: they are the route's own, as for a stream of events, and nobody
 * else is answering
 */
function isClosed({ socket }: Partial<IncomingMessage>, outgoing: ServerResponse, streams: boolean): boolean {
  // A request injected by a test tool may have no real socket.
  return outgoing.writableEnded || (!streams && outgoing.headersSent) || (socket?.destroyed ?? false);
}

function addCookie(outgoing: ServerResponse, cookie: string): void {
  if (!outgoing.headersSent) outgoing.appendHeader("set-cookie", cookie);
}

function parsedBody(incoming: IncomingMessage, value: unknown, parsed: object): RequestBody {
  return {
    sent: hasBody(incoming),
    read: incoming.readableEnded,
    value,
    // Parsers of Connect, Express and Koa set the body of every request, also to nothing.
    passedOver: () => isWithoutContent(incoming) || Object.hasOwn(parsed, "body"),
    isEmpty: (signal) => isEmptyStream(incoming, signal),
    text: rawBodyOf(parsed),
  };
}

/** True for the methods whose content means nothing (RFC 9110 section 9.3), so that frameworks leave it alone. */
function isWithoutContent({ method }: Pick<IncomingMessage, "method">): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * True where a Fastify server parses JSON, and has no parser by the name of this type. It answers 415 itself unless something
 * takes every type, as multipart and proxy plugins do. The content of GET and HEAD it passes over in any case.
 */
export function passesOver(
  server: { hasContentTypeParser(type: string): boolean },
  incoming: Pick<IncomingMessage, "method" | "headers">,
): boolean {
  if (isWithoutContent(incoming)) return true;
  const type = mediaTypeOf(incoming.headers["content-type"]);
  return server.hasContentTypeParser("application/json") && (type === "" || !server.hasContentTypeParser(type));
}

/**
 * Path and query as the process received them. What mounts an application below a path takes that path off the url, and
 * keeps it in `originalUrl`, as Connect and Express do; without one, the target is what the framework has.
 */
export function receivedTarget(incoming: object, target: string): string {
  if (!Object.hasOwn(incoming, "originalUrl")) return target;
  const { originalUrl } = incoming as { readonly originalUrl?: unknown };
  return typeof originalUrl === "string" ? originalUrl : target;
}

function rawBodyOf(parsed: object): RequestBody["text"] {
  if (!Object.hasOwn(parsed, "rawBody")) return undefined;
  const { rawBody } = parsed as { readonly rawBody?: unknown };
  return typeof rawBody === "string" || rawBody instanceof Uint8Array ? () => rawBody : undefined;
}

/** Waits for the first byte or the end, whichever comes, and leaves both for whoever reads the stream. */
async function isEmptyStream(incoming: IncomingMessage, signal: AbortSignal): Promise<boolean> {
  if (incoming.readableDidRead || incoming.readableFlowing === true) return false;
  if (incoming.readableLength === 0 && !incoming.complete && !incoming.destroyed) {
    await once(incoming, "readable", { signal }).catch(() => undefined);
  }
  return incoming.readableLength === 0 && incoming.complete;
}

/** In HTTP/2 a body needs neither header: the stream that stays open after the headers has one. */
function hasBody(incoming: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } }): boolean {
  const { headers, stream } = incoming;
  // Whatever its length is said to be: over HTTP/1 a lenient parser reads the chunks.
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length === undefined ? stream?.endAfterHeaders === false : Number(length) !== 0;
}
