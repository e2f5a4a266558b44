import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { errorReply, replyToError } from "./reply.ts";
import type { FetchHandler } from "./router.ts";

/** Where the request was sent to does not matter to any endpoint, and the Host header is not to be trusted. */
const ORIGIN = "http://localhost";

/** A request listener, as `node:http` has them; it also mounts in Express and Connect. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Makes a request listener of a fetch-style handler. A body that a parser has read before is taken from `request.body`. */
export function toNodeHandler(handler: FetchHandler): NodeHandler {
  return async (incoming, outgoing) => {
    const response = await answer(handler, incoming);
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, headersOf(response));
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
  };
}

async function answer(handler: FetchHandler, incoming: IncomingMessage): Promise<Response> {
  let request: Request;
  try {
    request = toRequest(incoming);
  } catch {
    return errorReply(400, "invalid_request", "The fetch API has no such method or URL.");
  }
  try {
    return await handler(request);
  } catch (error) {
    return replyToError(error);
  }
}

/** Every header by its name. Cookies are the one kind of header that cannot be joined to one (RFC 6265 section 3). */
function headersOf({ headers }: Response): Record<string, string | string[]> {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { "set-cookie": cookies }) };
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(ORIGIN + (url.startsWith("/") ? url : `/${url}`)), {
    method,
    headers,
    ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
  } as RequestInit);
}

function bodyOf(incoming: IncomingMessage): NonNullable<RequestInit["body"]> {
  const { body: parsed } = incoming as { readonly body?: unknown };
  if (!incoming.readableEnded) return incoming as unknown as NonNullable<RequestInit["body"]>;
  if (parsed === undefined || parsed === null) return "";
  if (typeof parsed === "string" || parsed instanceof Uint8Array) return parsed;
  return isForm(incoming) ? formText(parsed) : JSON.stringify(parsed);
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers["content-type"] ?? "");
}

/** A form as it was sent, as far as its parser has kept it: a field that came more than once is a list. */
function formText(fields: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, String(one));
  return form.toString();
}
