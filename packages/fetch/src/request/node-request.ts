import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { fromIncomingMessage, type GuardRequest, receivedTarget, type RequestBody } from "@require-action/core/adapter";

/** Where h3 1 keeps what it has read of a request. */
const READ_BY_H3: unique symbol = Symbol.for("h3RawBody");

/** Where h3 1 keeps what it has made of it. */
const PARSED_BY_H3: unique symbol = Symbol.for("h3ParsedBody");

type Incoming = IncomingMessage & {
  rawBody?: unknown;
  body?: unknown;
  [READ_BY_H3]?: unknown;
  [PARSED_BY_H3]?: unknown;
};

/** The part of an event of h3 1 that says where its body is. Off Node, `req` is a likeness of Node's that has none. */
interface Version1Event {
  readonly node?: { readonly req: Incoming } | undefined;
  readonly headers: Headers;
  readonly web?: { readonly request?: Request } | undefined;
  readonly _requestBody?: unknown;
}

const requests = new WeakMap<IncomingMessage, Request>();

/**
 * The method, headers and body of an event of h3 1 as a `Request`: the same one each time. The body is not touched before
 * somebody reads it, and comes from where h3 keeps it.
 */
export function nodeRequest(event: VersionedEvent): Request {
  const incoming = nodeOf(event)!.req;
  const known = requests.get(incoming);
  if (known) return known;
  const { method = "GET" } = incoming;
  // Off Node, headers without a value are not among the distinct ones.
  const headers = new Headers(incoming instanceof Readable ? [] : (event as Version1Event).headers);
  if (incoming instanceof Readable) {
    for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
      for (const value of values) headers.append(name, value);
    }
  }
  const hasNone = method === "GET" || method === "HEAD";
  const body = hasNone ? null : ReadableStream.from(bodyOf(event as Version1Event));
  const request = new Request("http://localhost/", { method, headers, body, duplex: "half" } as RequestInit);
  requests.set(incoming, request);
  return request;
}

async function* bodyOf(event: Version1Event): AsyncGenerator<Uint8Array> {
  const incoming = event.node!.req;
  const read: any = await kept(event);
  if (read === undefined) {
    if (incoming instanceof Readable) yield* incoming.iterator({ destroyOnReturn: false });
  } else if (typeof read === "string" || read instanceof Uint8Array) yield Buffer.from(read as Uint8Array);
  else if (read instanceof ReadableStream) yield* read as unknown as AsyncIterable<Uint8Array>;
  else if (read instanceof ArrayBuffer) yield new Uint8Array(read);
  // What a platform has parsed: h3 hands on the same.
  else yield Buffer.from(read instanceof URLSearchParams ? read.toString() : JSON.stringify(read));
}

/** What Node knows better than a `Request`. Off Node, h3 1 has a likeness of its objects, whose streams and sockets do nothing. */
export function knownToNode(event: VersionedEvent): Partial<GuardRequest<object>> {
  const { req, res } = nodeOf(event) ?? {};
  if (!req || !res) return {};
  const target = receivedTarget(req, req.url ?? "/");
  const body = isVersion1(event) ? consumedBody(event as Version1Event) : undefined;
  const known = { target, ...(body && { body }) };
  if (!(req instanceof Readable)) return known;
  const { closed, whenEnded } = fromIncomingMessage(req, res, undefined);
  return { closed, whenEnded, ...known };
}

/** What h3 1 hands on of a body whose bytes nobody can read any more, nothing where it does not know; and none of any other. */
function consumedBody(event: Version1Event): RequestBody | undefined {
  const incoming = event.node!.req;
  if (requests.has(incoming)) return undefined;
  const body = kept(event);
  const isConsumed =
    body === undefined ? incoming.readableDidRead : body instanceof ReadableStream && Readable.isDisturbed(body as any);
  return isConsumed ? { sent: true, read: true, value: incoming[PARSED_BY_H3] } : undefined;
}

/** Lets h3 read what has been read of a request. */
export function keepRead(event: VersionedEvent, bytes: Uint8Array): void {
  const read = Buffer.from(bytes);
  const { node, web, _requestBody } = event as Version1Event;
  node!.req.rawBody = read;
  if (_requestBody ?? web?.request) Object.assign(event, { _requestBody: read });
}

function kept({ _requestBody, web, node }: Version1Event): unknown {
  const { [READ_BY_H3]: read, rawBody, body } = node!.req;
  // As h3 looks: what is empty is passed over.
  return _requestBody || web?.request?.body || read || rawBody || body || undefined;
}

/** Node's own request, and the response to it. */
interface NodePair {
  readonly req: IncomingMessage;
  readonly res?: ServerResponse | undefined;
}

/** The part of h3's event by which its versions differ. */
interface VersionedEvent {
  readonly runtime?: { readonly node?: object | undefined } | undefined;
  readonly node?: object | undefined;
}

/** What h3 hands on of Node; elsewhere nothing. Version 2 has it in both places. */
export function nodeOf({ node, runtime }: VersionedEvent): NodePair | undefined {
  return (runtime?.node ?? node) as NodePair | undefined;
}

/** True for an event of h3 1, which has no `Request`. */
export function isVersion1({ node, runtime }: VersionedEvent): boolean {
  return runtime === undefined && node !== undefined;
}
