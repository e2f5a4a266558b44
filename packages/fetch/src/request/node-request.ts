import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** Where h3 1 keeps what it has read of a request. */
const READ_BY_H3: unique symbol = Symbol.for("h3RawBody");

type Incoming = IncomingMessage & { rawBody?: unknown; body?: unknown; [READ_BY_H3]?: unknown };

const requests = new WeakMap<IncomingMessage, Request>();

/**
 * The method, headers and body of a request of Node as a `Request`: the same one each time. The body is not touched before
 * somebody reads it, and comes from where h3 keeps it if it has been read already.
 */
export function nodeRequest(incoming: IncomingMessage): Request {
  const known = requests.get(incoming);
  if (known) return known;
  const { method = "GET" } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const hasNone = method === "GET" || method === "HEAD";
  const body = hasNone ? null : ReadableStream.from(bodyOf(incoming));
  const request = new Request("http://localhost/", { method, headers, body, duplex: "half" } as RequestInit);
  requests.set(incoming, request);
  return request;
}

async function* bodyOf(incoming: Incoming): AsyncGenerator<Uint8Array> {
  const read: unknown = await kept(incoming);
  if (read === undefined) yield* Readable.prototype.iterator.call(incoming, { destroyOnReturn: false });
  else if (typeof read === "string" || read instanceof Uint8Array) yield Buffer.from(read as Uint8Array);
  // What a platform has parsed: h3 hands on the same.
  else yield Buffer.from(JSON.stringify(read));
}

/** True when something past h3 has read the body, so that nobody else can. */
export function isConsumed(incoming: Incoming): boolean {
  return !requests.has(incoming) && incoming.readableDidRead && kept(incoming) === undefined;
}

/** Lets h3 read what has been read of a request. */
export function keepRead(incoming: Incoming, bytes: Uint8Array): void {
  incoming.rawBody = Buffer.from(bytes);
}

function kept({ [READ_BY_H3]: read, rawBody, body }: Incoming): unknown {
  return read ?? rawBody ?? body;
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
