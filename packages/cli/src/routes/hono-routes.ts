import { type GuardDescription, guardDescription } from "@require-action/core/adapter";
import { answers, listedRoute, type ListedRoute, METHODS, type Step, stepsAmong } from "./listed-route.ts";

/** Where `next` stands among the parameters. */
const NEXT = 1;

/** Under which a handler of an application with an error handler of its own has what it wraps. */
const COMPOSED = "__COMPOSED_HANDLER";

interface Entry {
  readonly path: string;
  /** `ALL` for what `use` and `all` added. */
  readonly method: string;
  readonly handler: ((...args: never) => unknown) & { readonly [COMPOSED]?: Entry["handler"] };
}

/** Finds the routes of a Hono application. */
export function honoRoutes(app: unknown): readonly ListedRoute[] {
  const { routes } = app as { readonly routes: readonly Entry[] };
  return routes.flatMap((entry, index) => {
    if (entry !== handlerAmong(routes, entry)) return [];
    return METHODS.filter((method) => isFor(entry, method)).map((method) => {
      const before = routes.slice(0, index).filter((one) => isFor(one, method) && covers(one.path, entry.path));
      return listedRoute(method, entry.path, before.flatMap(stepsOf));
    });
  });
}

/**
 * The handler of a route, which has an entry for each of its functions: the first that answers, as what takes `next` is
 * middleware, or else the last; of what `use` and `all` added, the first that answers only.
 */
function handlerAmong(routes: readonly Entry[], { method, path }: Entry): Entry | undefined {
  const entries = routes.filter((one) => one.method === method && one.path === path && guardOf(one) === undefined);
  if (method === "ALL") return entries.find((one) => ownOf(one).length <= NEXT);
  return entries.find((one) => answers(ownOf(one), NEXT)) ?? entries.at(-1);
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

function stepsOf({ handler, method }: Entry): readonly Step[] {
  const known = guardDescription(handler) === undefined ? (handler[COMPOSED] ?? handler) : handler;
  return stepsAmong([known], method === "ALL");
}

/** The application's own function. */
function ownOf({ handler }: Entry): Entry["handler"] {
  return handler[COMPOSED] ?? handler;
}
