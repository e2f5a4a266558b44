import { createDispatcher, type Endpoint, type FetchHandler } from "./dispatcher.ts";
import { type Incoming, incomingOf } from "./incoming.ts";
import { readJson } from "./read-body.ts";
import { errorReply, jsonReply, replyToError } from "./reply.ts";

/** A request that found its route. */
export interface RoutedRequest {
  readonly request: Request;
  readonly url: URL;
  /** The message of `node:http` that it was made of, where that is known. */
  readonly incoming: Incoming | undefined;
  /** The path's segments that stand for a `:name`, decoded. */
  readonly params: ReadonlyMap<string, string>;
  /** The JSON body; `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** One endpoint of an API in JSON. */
export interface Route extends Omit<Endpoint, "respond"> {
  /** Answers with a body for status 200, or with a whole response. What it throws becomes an error in Authsignal's shape. */
  readonly handle: (routed: RoutedRequest) => Promise<unknown>;
}

/** Makes one handler of a table of routes. It never rejects. */
export function createRouter(
  routes: readonly Route[],
  { basePath = "" }: { readonly basePath?: string } = {},
): FetchHandler {
  const endpoints = routes.map(({ method, path, handle }): Endpoint => ({
    method,
    path,
    async respond({ request, environment, url, params }) {
      try {
        const body = request.method === "GET" ? {} : await readJson(request);
        const answer = await handle({ request, url, incoming: incomingOf(request, environment), params, body });
        return answer instanceof Response ? answer : jsonReply(200, answer);
      } catch (error) {
        return replyToError(error);
      }
    },
  }));
  return createDispatcher(endpoints, {
    basePath,
    refuse: (_request, methods) =>
      methods.length === 0
        ? errorReply(404, "not_found", "There is no such endpoint.")
        : errorReply(405, "method_not_allowed", "The endpoint has no such method.", { allow: methods.join(", ") }),
  });
}
