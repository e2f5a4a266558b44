import { ActionError } from "../wire/action-error.ts";

/** What a call of an action fetch may say besides what `fetch` understands. */
export interface ActionRequestInit extends RequestInit {
  /** Keeps the request, its body above all, out of every storage. */
  readonly sensitive?: boolean;
}

/** A request that can be sent more than once, each time the same. */
export interface PreparedRequest {
  /** Never sent itself: copies are. */
  readonly request: Request;
  readonly sensitive: boolean;
  readonly fetch: typeof fetch;
}

/** Prepares a request. A stream is refused, as it could not be sent again. */
export function prepareRequest(
  send: typeof fetch,
  input: RequestInfo | URL,
  init: ActionRequestInit = {},
): PreparedRequest {
  if (typeof (init.body as ReadableStream | null | undefined)?.getReader === "function") {
    throw new ActionError("stream_body");
  }
  return { request: new Request(input, init), sensitive: init.sensitive ?? false, fetch: send };
}

/** Sends a copy of a prepared request; what `changes` leaves out stays as it is. */
export function sendRequest({ request, fetch }: PreparedRequest, changes: RequestInit = {}): Promise<Response> {
  // A request that is made from another one loses its referrer, unless it is given again.
  const { referrer, referrerPolicy } = request;
  return fetch(new Request(request.clone(), { referrer, referrerPolicy, ...changes }));
}

/**
 * A text that is equal for requests that are the same: method, URL, credentials, headers and body. Only the boundary of a
 * form, which is another each time, does not count.
 */
export async function requestKey(request: Request): Promise<string> {
  const { method, url, credentials, headers } = request;
  const body = await request.clone().arrayBuffer();
  // Latin-1 gives every byte a character of its own, so different bodies stay different.
  const key = JSON.stringify([method, url, credentials, [...headers], new TextDecoder("latin1").decode(body)]);
  const [, boundary] = /^multipart\/form-data;\s*boundary=(.+)$/.exec(headers.get("content-type") ?? "") ?? [];
  return boundary ? key.replaceAll(boundary, "") : key;
}
