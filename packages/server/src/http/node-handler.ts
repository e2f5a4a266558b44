import { Buffer } from "node:buffer";
import { pipeline } from "node:stream/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Exchange, exchangeHandlerOf, type ExchangeHandler, type FetchHandler, jsonHeaders } from "./exchange.ts";
import { NodeExchange } from "./node-exchange.ts";
import { errorReply, isStreamed, replyToError } from "./reply.ts";
import { targetRefusal } from "./request-target.ts";

/** A request listener, as `node:http` has them; it also mounts in Express and Connect. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Methods that no request of the fetch API can have. @see https://fetch.spec.whatwg.org/#forbidden-method */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Makes a request listener of a fetch-style handler, which is given `{ incoming, outgoing }` beside the request. A body that a
 * parser has read before is taken from `request.body`. Requests may be made rather than received, as serverless-http does:
 * without a socket, with `headers` only. A request target that can be read in more than one way is answered 400,
 * before anything has parsed it.
 */
export function toNodeHandler(handler: FetchHandler): NodeHandler {
  const handle = exchangeHandlerOf(handler);
  return async (incoming, outgoing) => {
    const answer = await answerTo(new NodeExchange(incoming, outgoing), handle);
    if (!(answer instanceof Response)) {
      const { json } = answer;
      // Name by name: a literal that begins with a spread is made by the slow path each time.
      outgoing.writeHead(200, {
        "content-type": jsonHeaders["content-type"],
        "cache-control": jsonHeaders["cache-control"],
        "content-length": Buffer.byteLength(json),
      });
      outgoing.end(json);
      return;
    }
    if (isStreamed(answer) && answer.body !== null) {
      outgoing.writeHead(answer.status, headersOf(answer));
      // A client that has gone, and an answer that breaks off, end both sides.
      await pipeline(answer.body, outgoing).catch(() => undefined);
      return;
    }
    const body = Buffer.from(await answer.arrayBuffer());
    outgoing.writeHead(answer.status, { ...headersOf(answer), ...lengthOf(answer, body) });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
  };
}

async function answerTo(exchange: Exchange, handle: ExchangeHandler): Promise<Awaited<ReturnType<ExchangeHandler>>> {
  if (!exchange.isPlain) return targetRefusal();
  if (FORBIDDEN_METHODS.has(exchange.method)) {
    return errorReply(400, "invalid_request", "The fetch API has no such method or URL.");
  }
  try {
    return await handle(exchange);
  } catch (error) {
    return replyToError(error);
  }
}

/** The whole body is at hand, so its length is too. An answer that may have no body has no length either (RFC 9110 section 8.6). */
function lengthOf({ status }: Response, body: Buffer): Record<string, number> {
  return status === 204 || status === 304 ? {} : { "content-length": body.byteLength };
}

/** Every header by its name. Cookies are the one kind of header that cannot be joined to one (RFC 6265 section 3). */
function headersOf({ headers }: Response): Record<string, string | string[]> {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { "set-cookie": cookies }) };
}
