import { type GuardDescription, guardDescription } from "@require-action/core";
import { type ListedRoute, MUTATING } from "./listed-route.ts";

/** Under which a handler of an application with an error handler of its own has what it wraps. */
const COMPOSED = "__COMPOSED_HANDLER";

interface Entry {
  readonly path: string;
  /** `ALL` for what `use` and `all` added. */
  readonly method: string;
  readonly handler: ((...args: never) => unknown) & { readonly [COMPOSED]?: unknown };
}

/** Lists the mutating routes of a Hono application. */
export function honoRoutes(app: unknown): readonly ListedRoute[] {
  const { routes } = app as { readonly routes: readonly Entry[] };
  return routes.flatMap((entry, index) => {
    // A route has an entry for each of its functions; the last one is its handler, and what takes `next` is middleware.
    const isLast = !routes.slice(index + 1).some((one) => one.method === entry.method && one.path === entry.path);
    const isHandler = isLast && guardOf(entry) === undefined && (entry.method !== "ALL" || entry.handler.length < 2);
    if (!isHandler) return [];
    return MUTATING.filter((method) => isFor(entry, method)).map((method) => ({
      method,
      path: entry.path,
      guards: routes
        .slice(0, index)
        .filter((one) => isFor(one, method) && covers(one.path, entry.path))
        .map(guardOf)
        .filter((description) => description !== undefined),
    }));
  });
}

function isFor({ method }: Entry, wanted: string): boolean {
  return method === wanted || method === "ALL";
}

/** The same path, or one that ends in a wildcard above it. */
function covers(pattern: string, path: string): boolean {
  if (pattern === path || pattern === "*" || pattern === "/*") return true;
  return pattern.endsWith("/*") && `${path}/`.startsWith(pattern.slice(0, -1));
}

function guardOf({ handler }: Entry): GuardDescription | undefined {
  return guardDescription(handler) ?? guardDescription(handler[COMPOSED]);
}
