import { guardDescription } from "@require-action/core/adapter";
import { listedRoute, type ListedRoute, METHODS, reachableHandlers, type Step, stepsAmong } from "./listed-route.ts";
import { passes, samplesOf } from "./samples.ts";

/** Where `next` stands among the parameters. */
const NEXT = 1;

interface Layer {
  readonly path: unknown;
  /** None for what `router.use` added. */
  readonly methods: readonly string[];
  readonly stack: readonly unknown[];
  match(path: string): boolean;
}

interface Router {
  readonly stack: readonly Layer[];
  /** Only the last layer that matches runs. */
  readonly exclusive?: boolean;
}

/** Finds the routes of a Koa application's routers (`@koa/router`), or of one router. */
export function koaRoutes(app: unknown): readonly ListedRoute[] {
  const { middleware } = app as { readonly middleware?: readonly unknown[] };
  if (middleware === undefined) return routerRoutes(app as Router, []);
  return middleware.flatMap((one, index) => {
    const { router } = one as { readonly router?: Router };
    return router === undefined ? [] : routerRoutes(router, stepsAmong(middleware.slice(0, index), true));
  });
}

function routerRoutes({ stack, exclusive = false }: Router, above: readonly Step[]): readonly ListedRoute[] {
  return stack.flatMap((layer, index) =>
    METHODS.filter((method) => layer.methods.includes(method)).flatMap((method) => {
      const functions = reachableHandlers(layer.stack, NEXT);
      const last = functions.findLastIndex((handler) => guardDescription(handler)?.isHandler !== false);
      if (last === -1) return [];
      const samples = samplesOf(layer, layer.path);
      const before = exclusive
        ? []
        : stack
            .slice(0, index)
            .filter(({ methods }) => methods.length === 0 || methods.includes(method))
            .filter((one) => passes(one, one.path, samples))
            .flatMap((one) => stepsAmong(reachableHandlers(one.stack, NEXT), false));
      // What a router uses runs for methods of its routes only.
      const steps = [...above, ...before, ...stepsAmong(functions.slice(0, last + 1), false)];
      return [listedRoute(method, String(layer.path), steps)];
    }),
  );
}
