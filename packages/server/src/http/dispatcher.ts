import type { Awaitable } from "@require-action/core/provider";
import { Hono } from "hono";

/**
 * Anything that answers requests as the fetch API has them. Of the `environment`, which is what the server around it hands
 * along, `incoming` is read: the message of `node:http`, from `toNodeHandler` or `@hono/node-server`.
 */
export type FetchHandler = (request: Request, environment?: unknown) => Promise<Response>;

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A request that found its endpoint. */
interface Dispatched {
  readonly request: Request;
  readonly environment: unknown;
  readonly url: URL;
  /** The path's segments that stand for a `:name`, decoded. */
  readonly params: ReadonlyMap<string, string>;
}

/** The answer to one method at one path. */
export interface Endpoint {
  readonly method: Method;
  /** As `/users/:userId`. */
  readonly path: string;
  readonly respond: (dispatched: Dispatched) => Promise<Response>;
}

/** Where endpoints are, and the answer to requests that have none. */
interface Surroundings {
  readonly basePath: string;
  /** Answers 404, or 405 where the path has the methods that are named. */
  readonly refuse: (request: Request, methods: readonly Method[]) => Awaitable<Response>;
}

/**
 * Finds the endpoint of a request by Hono's router: of several that match, the first. The path is matched as it was sent,
 * undecoded, so that no two spellings of a path lead to one endpoint; and HEAD is not GET.
 */
export function createDispatcher(endpoints: readonly Endpoint[], { basePath, refuse }: Surroundings): FetchHandler {
  const below = ({ pathname }: URL): string => pathname.slice(basePath.length);
  const app = new Hono<{ Bindings: { readonly environment: unknown } }>({ getPath: ({ url }) => below(new URL(url)) });
  // Left to the caller: Hono would print the error.
  app.onError((error) => {
    throw error;
  });
  for (const { method, path, respond } of endpoints) {
    app.on(method, path, ({ req, env: { environment } }) => {
      const params = new Map(Object.entries<string>(req.param()));
      return respond({ request: req.raw, environment, url: new URL(req.url), params });
    });
  }
  const methods = new Set(endpoints.map(({ method }) => method));

  return async (request, environment) => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(`${basePath}/`) || !isDecodable(url.pathname)) return refuse(request, []);
    const matches = (method: string): boolean => app.router.match(method, below(url))[0].length > 0;
    // Hono would answer HEAD by GET.
    if (request.method !== "HEAD" && matches(request.method)) return app.fetch(request, { environment });
    return refuse(request, [...methods].filter(matches));
  };
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
