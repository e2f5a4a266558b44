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
  const find = createFinder(endpoints);
  const methods = new Set(endpoints.map(({ method }) => method));

  return fetchHandlerOf((exchange) => {
    const { method } = exchange;
    const pathname = readPath(exchange.pathname);
    if (!pathname.startsWith(`${basePath}/`) || !isDecodable(pathname)) return refuse(exchange.request, []);
    const path = pathname.slice(basePath.length);
    const found = find(method, path);
    if (found === undefined) {
      return refuse(
        exchange.request,
        [...methods].filter((other) => find(other, path) !== undefined),
      );
    }
    return found.respond(exchange, found.params);
  });
}

interface Found {
  readonly respond: Endpoint["respond"];
  readonly params: ReadonlyMap<string, string>;
}

const noParams: ReadonlyMap<string, string> = new Map();

/**
 * Paths without parameters are looked up first, unless one with parameters comes before them: beside the others they would keep
 * Hono from matching by one regular expression, which is ten times as fast as to walk through a tree of segments.
 */
function createFinder(endpoints: readonly Endpoint[]): (method: string, path: string) => Found | undefined {
  const fixed = new Map<string, Found>();
  const router = new SmartRouter<Endpoint["respond"]>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const [place, { method, path, respond }] of endpoints.entries()) {
    const key = `${method} ${path}`;
    const isShadowed = endpoints.slice(0, place).some((one) => one.method === method && matches(one.path, path));
    if (isShadowed || path.includes(":")) router.add(method, path, respond);
    else fixed.set(key, { respond, params: noParams });
  }
  return (method, path) => {
    const known = fixed.get(`${method} ${path}`);
    if (known !== undefined) return known;
    const [[first], segments] = router.match(method, path);
    if (first === undefined) return undefined;
    const [respond, places] = first;
    const params = new Map<string, string>();
    // One of Hono's routers names the values, the other tells where they are.
    for (const name in places) {
      const value = places[name];
      const segment = typeof value === "number" ? segments?.[value] : value;
      if (segment !== undefined) params.set(name, decodeURIComponent(segment));
    }
    return { respond, params };
  };
}

/** True where a path with parameters, or the same path, stands for `path` as well. */
function matches(pattern: string, path: string): boolean {
  const [parts, segments] = [pattern.split("/"), path.split("/")];
  return (
    parts.length === segments.length && parts.every((part, place) => part.startsWith(":") || part === segments[place])
  );
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
