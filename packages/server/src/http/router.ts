import { createDispatcher, type Endpoint } from "./dispatcher.ts";
import type { Exchange, FetchHandler } from "./exchange.ts";
import type { Incoming } from "./incoming.ts";
import { readJson } from "./read-body.ts";
import { errorReply, replyToError } from "./reply.ts";

/** A request that found its route. */
export class RoutedRequest {
  /** The path's segments that stand for a `:name`, decoded. */
  readonly params: ReadonlyMap<string, string>;
  /** The JSON body; `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, params: ReadonlyMap<string, string>, body: Readonly<Record<string, unknown>>) {
    this.#exchange = exchange;
    this.params = params;
    this.body = body;
  }

  get request(): Request {
    return this.#exchange.request;
  }

  get url(): URL {
    return this.#exchange.url;
  }

  /** The message of `node:http` that it was made of, where that is known. */
  get incoming(): Incoming | undefined {
    return this.#exchange.incoming;
  }

  /** Aborts when the client is gone, where that can be known. */
  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined {
    return this.#exchange.header(name);
  }
}

/** One endpoint of an API in JSON. */
export interface Route extends Omit<Endpoint, "respond"> {
  /** Answers with a body for status 200, or with a whole response. What it throws becomes an error in Authsignal's shape. */
  readonly handle: (routed: RoutedRequest) => Promise<unknown>;
}

/** An SDK whose URL lacks the version ends here, and shows its user this. */
const NO_ENDPOINT =
  "There is no such endpoint. Those of the Server API are below /v1, and those of the Client API below /client/v1.";

/** Makes one handler of a table of routes. It never rejects. */
export function createRouter(
  routes: readonly Route[],
  { basePath = "", readPath }: { readonly basePath?: string; readonly readPath?: (pathname: string) => string } = {},
): FetchHandler {
  const endpoints = routes.map(({ method, path, handle }): Endpoint => ({
    method,
    path,
    async respond(exchange, params) {
      try {
        const body = exchange.method === "GET" ? {} : await readJson(exchange);
        const answer = await handle(new RoutedRequest(exchange, params, body));
        return answer instanceof Response ? answer : { json: JSON.stringify(answer) };
      } catch (error) {
        return replyToError(error);
      }
    },
  }));
  return createDispatcher(endpoints, {
    basePath,
    readPath,
    refuse: (_request, methods) =>
      methods.length === 0
        ? errorReply(404, "not_found", NO_ENDPOINT)
        : errorReply(405, "method_not_allowed", "The endpoint has no such method.", { allow: methods.join(", ") }),
  });
}
