import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { GuardRequest, ProxyTrust, RequestBody } from "./guard-request.ts";
import { mediaTypeOf } from "./media-type.ts";
import { type EndListener, whenResponseEnded } from "./response-end.ts";

/** How a framework on `node:http` reads a request: the same for all of them. */
export interface NodeFramework<Native extends object> {
  /** Path and query as received. */
  target(native: Native): string;
  /** The client's address as the framework resolved it. */
  ip(native: Native): string | undefined;
  /** What the parser left. */
  body(native: Native): unknown;
  /** Where it left that, with the text as `rawBody` beside it: a string or bytes. */
  parsed(native: Native): object;
  /** Whose `X-Forwarded-For` the framework believes when it does; nothing where that cannot be told. */
  trustedProxies(native: Native): ProxyTrust | undefined;
}

/**
 * A request of a framework on `node:http`. A class that reads what it is asked for: to read a member of Express's requests, whose
 * prototype is set on each, costs a µs, and an object literal with functions that is spread into another costs as much as the seal.
 */
export class NodeRequest<Native extends object> implements GuardRequest<Native> {
  readonly native: Native;
  readonly ip: string | undefined;
  readonly body: RequestBody;
  private readonly incoming: IncomingMessage;
  private readonly outgoing: ServerResponse;
  private readonly framework: NodeFramework<Native>;
  private readonly headers: IncomingHttpHeaders;
  private readonly streams: boolean;

  constructor(native: Native, incoming: IncomingMessage, outgoing: ServerResponse, framework: NodeFramework<Native>) {
    this.native = native;
    this.ip = framework.ip(native);
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.framework = framework;
    this.headers = incoming.headers;
    this.streams = outgoing.headersSent;
    this.body = new NodeBody(incoming, this.headers, framework.body(native), framework.parsed(native));
  }

  get method(): string {
    return this.incoming.method ?? "GET";
  }

  get target(): string {
    return this.framework.target(this.native);
  }

  header(name: string): string | undefined {
    return headerOf(this.headers, name);
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
    return this.framework.trustedProxies(this.native);
  }
}

class NodeBody implements RequestBody {
  readonly value: unknown;
  private readonly incoming: IncomingMessage;
  private readonly headers: IncomingHttpHeaders;
  private readonly parsed: object;

  constructor(incoming: IncomingMessage, headers: IncomingHttpHeaders, value: unknown, parsed: object) {
    this.value = value;
    this.incoming = incoming;
    this.headers = headers;
    this.parsed = parsed;
  }

  get sent(): boolean {
    return hasBody(this.incoming, this.headers);
  }

  get read(): boolean {
    return this.incoming.readableEnded;
  }

  get text(): RequestBody["text"] {
    return rawBodyOf(this.parsed);
  }

  /** Parsers of Connect, Express and Koa set the body of every request, also to nothing. */
  passedOver(): boolean {
    return isWithoutContent(this.incoming) || Object.hasOwn(this.parsed, "body");
  }

  isEmpty(signal: AbortSignal): Promise<boolean> {
    return isEmptyStream(this.incoming, signal);
  }
}

/**
 * The part of a {@link GuardRequest} that every framework on `node:http` reads alike, for an adapter that reads the rest in its
 * own way. A parser that keeps the text leaves it as `rawBody` beside the `body` that it parsed, on `parsed`: a string or bytes.
 */
export function fromIncomingMessage(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  parsedBody: unknown,
  parsed: object = incoming,
): Pick<GuardRequest<object>, "header" | "body" | "closed" | "whenEnded"> &
  Required<Pick<GuardRequest<object>, "setCookie">> {
  const { headers } = incoming;
  const streams = outgoing.headersSent;
  const body = new NodeBody(incoming, headers, parsedBody, parsed);
  const { sent, read, value, text } = body;
  return {
    header: (name) => headerOf(headers, name),
    // No getters: adapters spread this object, which V8 copies many times slower with one.
    body: {
      sent,
      read,
      value,
      text,
      passedOver: () => body.passedOver(),
      isEmpty: (signal) => body.isEmpty(signal),
    },
    closed: () => isClosed(incoming, outgoing, streams),
    whenEnded: (listener) => whenResponseEnded(outgoing, listener),
    setCookie: (cookie) => addCookie(outgoing, cookie),
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return Array.isArray(value) ? value.join(", ") : value;
}

/**
 * @param streams true where headers were sent before the guard: they are the route's own, as for a stream of events, and nobody
 * else is answering
 */
function isClosed(
  { socket }: { readonly socket?: IncomingMessage["socket"] },
  outgoing: ServerResponse,
  streams: boolean,
): boolean {
  // Whatever has ended has sent its headers. A request injected by a test tool may have no real socket.
  return (streams ? outgoing.writableEnded : outgoing.headersSent) || (socket?.destroyed ?? false);
}

function addCookie(outgoing: ServerResponse, cookie: string): void {
  if (!outgoing.headersSent) outgoing.appendHeader("set-cookie", cookie);
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
function hasBody(
  incoming: IncomingMessage & { readonly stream?: { readonly endAfterHeaders?: boolean } },
  headers: IncomingHttpHeaders,
): boolean {
  // Whatever its length is said to be: over HTTP/1 a lenient parser reads the chunks.
  if (headers["transfer-encoding"] !== undefined) return true;
  const length = headers["content-length"];
  return length === undefined ? incoming.stream?.endAfterHeaders === false : Number(length) !== 0;
}
