import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { errorReply, replyToError } from "./reply.ts";
import { hasPlainTarget, readTarget, targetRefusal } from "./request-target.ts";
import type { FetchHandler } from "./dispatcher.ts";

/** Where the request was sent to does not matter to any endpoint, and the Host header is not to be trusted. */
const ORIGIN = "http://localhost";

/** A request listener, as `node:http` has them; it also mounts in Express and Connect. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Makes a request listener of a fetch-style handler, which is given `{ incoming, outgoing }` beside the request. A body that a
 * parser has read before is taken from `request.body`. Requests may be made rather than received, as serverless-http does:
 * without a socket, with `headers` only. A request target that can be read in more than one way is answered 400,
 * before anything has parsed it.
 */
export function toNodeHandler(handler: FetchHandler): NodeHandler {
  return async (incoming, outgoing) => {
    const response = await answer(handler, incoming, outgoing);
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, { ...headersOf(response), ...lengthOf(response, body) });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
  };
}

async function answer(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
  if (!hasPlainTarget(incoming)) return targetRefusal();
  let request: Request;
  try {
    request = toRequest(incoming);
  } catch {
    return errorReply(400, "invalid_request", "The fetch API has no such method or URL.");
  }
  try {
    return await handler(request, { incoming, outgoing });
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

function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/" } = incoming;
  const target = readTarget(url) ?? "/";
  const headers = new Headers();
  for (const [name, value] of Object.entries(receivedHeaders(incoming))) {
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, one);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(ORIGIN + target), {
    method,
    headers,
    ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
  } as RequestInit);
}

/** Every header as often as it was received. A request that was made, as serverless-http does, has `headers` only. */
function receivedHeaders(incoming: Partial<IncomingMessage>): NodeJS.Dict<string | string[]> {
  const { headersDistinct = {}, headers = {} } = incoming;
  return Object.keys(headersDistinct).length > 0 ? headersDistinct : headers;
}

function bodyOf(incoming: IncomingMessage): NonNullable<RequestInit["body"]> {
  const isUnread = Symbol.asyncIterator in incoming && !incoming.readableEnded;
  if (isUnread) return incoming as unknown as NonNullable<RequestInit["body"]>;
  const { body: parsed, rawBody } = incoming as { readonly body?: unknown; readonly rawBody?: unknown };
  // As it was sent: of a name that came twice, the parser has kept one.
  if (Object.hasOwn(incoming, "rawBody") && (typeof rawBody === "string" || rawBody instanceof Uint8Array))
    return rawBody as NonNullable<RequestInit["body"]>;
  if (parsed === undefined || parsed === null) return "";
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed;
  return isForm(incoming) ? formText(parsed) : JSON.stringify(parsed);
}

function isForm({ headers = {} }: Partial<IncomingMessage>): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

/** A form as it was sent, as far as its parser has kept it: a field that came more than once is a list. */
function formText(fields: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, String(one));
  return form.toString();
}
