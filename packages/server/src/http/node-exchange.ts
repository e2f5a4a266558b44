import { setMaxListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { mediaTypeOf } from "@require-action/core/adapter";
import { type Exchange, readText } from "./exchange.ts";
import { readStream } from "./read-stream.ts";
import { plainTargetOf } from "./request-target.ts";

/** Where the request was sent to does not matter to any endpoint, and the Host header is not to be trusted. */
const ORIGIN = "http://localhost";

/** Of a client that is gone nothing is told here: what was asked for is done all the same, and can be fetched again. */
const neverAborted = new AbortController().signal;
// Each call that waits listens to it meanwhile.
setMaxListeners(0, neverAborted);

/** What the message of a request that was read by somebody else may have: parsers leave what they made of its body. */
type Message = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown };

/**
 * A message of `node:http`. Requests may be made rather than received, as serverless-http does: without a socket, with
 * `headers` only. A body that a parser has read before is taken from `request.body`.
 */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly pathname: string;
  readonly incoming: IncomingMessage;
  readonly environment: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse };
  readonly signal: AbortSignal = neverAborted;
  readonly isPlain: boolean;
  readonly #target: string;
  #url: URL | undefined;
  #request: Request | undefined;
  #headers: NodeJS.Dict<string | string[]> | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    const target = plainTargetOf(incoming);
    this.method = incoming.method ?? "GET";
    this.incoming = incoming;
    this.environment = { incoming, outgoing };
    this.isPlain = target !== undefined;
    // Of a target that is not plain nobody asks for more.
    this.#target = target ?? "/";
    const end = this.#target.indexOf("?");
    this.pathname = end === -1 ? this.#target : this.#target.slice(0, end);
  }

  get url(): URL {
    return (this.#url ??= new URL(ORIGIN + this.#target));
  }

  get hasBody(): boolean {
    return this.method !== "GET" && this.method !== "HEAD";
  }

  /** @throws TypeError for a method that the fetch API does not have */
  get request(): Request {
    return (this.#request ??= this.#toRequest());
  }

  header(name: string): string | undefined {
    const value: unknown = this.#received[name];
    if (value === undefined || typeof value === "string") return value;
    if (Array.isArray(value) && value.length === 1) return value[0] as string;
    // A request that was made may have a length that is a number.
    return Array.isArray(value) ? value.join(", ") : String(value);
  }

  async text(maxBytes: number, tooLong: () => Error): Promise<string> {
    const body = bodyOf(this.incoming);
    if (typeof body === "string" || body instanceof Uint8Array) return readText([Buffer.from(body)], maxBytes, tooLong);
    return body instanceof Readable ? readStream(body, maxBytes, tooLong) : readText(body, maxBytes, tooLong);
  }

  get #received(): NodeJS.Dict<string | string[]> {
    return (this.#headers ??= receivedHeaders(this.incoming));
  }

  #toRequest(): Request {
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#received)) {
      for (const one of [value].flat()) if (one !== undefined) headers.append(name, one);
    }
    return new Request(this.url, {
      method: this.method,
      headers,
      ...(this.hasBody ? { body: bodyOf(this.incoming), duplex: "half" } : {}),
    } as RequestInit);
  }
}

/** Every header as often as it was received. A request that was made has `headers` only. */
function receivedHeaders({
  headersDistinct = {},
  headers = {},
}: Partial<IncomingMessage>): NodeJS.Dict<string | string[]> {
  return Object.keys(headersDistinct).length > 0 ? headersDistinct : headers;
}

function bodyOf(message: Message): string | Uint8Array | AsyncIterable<Uint8Array> {
  const isUnread = Symbol.asyncIterator in message && !message.readableEnded;
  if (isUnread) return message;
  const { body: parsed, rawBody } = message;
  // As it was sent: of a name that came twice, the parser has kept one.
  if (Object.hasOwn(message, "rawBody") && (typeof rawBody === "string" || rawBody instanceof Uint8Array))
    return rawBody;
  if (parsed === undefined || parsed === null) return "";
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed;
  return isForm(message) ? formText(parsed) : JSON.stringify(parsed);
}

function isForm({ headers = {} }: Partial<IncomingMessage>): boolean {
  return mediaTypeOf(headers["content-type"]) === "application/x-www-form-urlencoded";
}

/** A form as it was sent, as far as its parser has kept it: a field that came more than once is a list. */
function formText(fields: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, String(one));
  return form.toString();
}
