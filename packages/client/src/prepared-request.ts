import { ActionError } from "./action-error.ts";

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
