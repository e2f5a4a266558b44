import type { Awaitable } from "@require-action/core/provider";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { type Exchange, fetchHandlerOf, type FetchHandler, type JsonAnswer } from "./exchange.ts";

type Method = "GET" | "HEAD" | "POST" | "PATCH" | "DELETE";

/** The answer to one method at one path. */
export interface Endpoint {
  readonly method: Method;
  /** As `/users/:userId`. */
  readonly path: string;
  /** @param params the path's segments that stand for a `:name`, decoded */
  readonly respond: (exchange: Exchange, params: ReadonlyMap<string, string>) => Awaitable<Response | JsonAnswer>;
}

/** Where endpoints are, and the answer to requests that have none. */
interface Surroundings {
  readonly basePath: string;
  /** The path to look for, of the one that was sent. */
  readonly readPath?: ((pathname: string) => string) | undefined;
  /** Answers 404, or 405 where the path has the methods that are named. */
  readonly refuse: (request: Request, methods: readonly Method[]) => Awaitable<Response>;
}

/**
 * Finds the endpoint of a request by Hono's router: of several that match, the first. The path is matched as it was sent,
 * undecoded, so that no two spellings of a path lead to one endpoint; and HEAD is not GET, which opens links
 * that are good once.
 */
export function createDispatcher(endpoints: readonly Endpoint[], surroundings: Surroundings): FetchHandler {
  const { basePath, readPath = (pathname) => pathname, refuse } = surroundings;
  const router = new SmartRouter<Endpoint["respond"]>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const { method, path, respond } of endpoints) router.add(method, path, respond);
  const methods = new Set(endpoints.map(({ method }) => method));

  return fetchHandlerOf((exchange) => {
    const { method } = exchange;
    const pathname = readPath(exchange.pathname);
    if (!pathname.startsWith(`${basePath}/`) || !isDecodable(pathname)) return refuse(exchange.request, []);
    const path = pathname.slice(basePath.length);
    const [[first], segments] = router.match(method, path);
    if (first === undefined) {
      return refuse(
        exchange.request,
        [...methods].filter((other) => router.match(other, path)[0].length > 0),
      );
    }
    const [respond, found] = first;
    const params = new Map<string, string>();
    // One of Hono's routers names the values, the other tells where they are.
    for (const [name, value] of Object.entries(found)) {
      const segment = typeof value === "number" ? segments?.[value] : value;
      if (segment !== undefined) params.set(name, decodeURIComponent(segment));
    }
    return respond(exchange, params);
  });
}

function isDecodable(path: string): boolean {
  if (!path.includes("%")) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
