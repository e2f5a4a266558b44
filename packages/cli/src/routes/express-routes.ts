import { guardDescription } from "@require-action/core/adapter";
import { isExpressApp, MOUNTED_APP, mountedAppOf, mountPathOf, stackOfApp } from "./express-mounts.ts";
import {
  listedRoute,
  type ListedRoute,
  METHODS,
  MUTATING,
  reachableHandlers,
  type Step,
  stepsAmong,
} from "./listed-route.ts";
import { joinPaths, joinSamples, passes, type Samples, samplesOf } from "./samples.ts";

/** Where `next` stands among the parameters. */
const NEXT = 2;
/** So many parameters has what is called for errors only. */
const OF_ERRORS = 4;

interface Layer {
  readonly name: string;
  readonly handle: unknown;
  readonly route?: Route | undefined;
  /** True in Express 5 for a layer that every path passes; Express 4 has it with its regular expression. */
  readonly slash?: boolean;
  readonly regexp?: { readonly fast_slash?: boolean };
  match(path: string): unknown;
}

interface Route {
  readonly path: unknown;
  readonly methods: Readonly<Record<string, boolean>>;
  readonly stack: readonly { readonly method?: string; readonly handle: unknown }[];
}

/** A route below some router, with paths that it matches there. */
interface FoundRoute {
  readonly method: string;
  readonly path: string;
  readonly steps: readonly Step[];
  readonly samples: Samples | undefined;
}

/** An application whose routes cannot be listed: another copy of Express than the entry's own has mounted it. */
const hiddenRoutes: readonly FoundRoute[] = MUTATING.map((method) => ({
  method,
  path: "/(an application)",
  samples: ["/", "/"],
  steps: [],
}));

/** Finds the routes of an Express application or router, those of nested ones too. */
export function expressRoutes(app: unknown): readonly ListedRoute[] {
  const stack = isExpressApp(app) ? stackOfApp(app) : (app as { readonly stack: readonly unknown[] }).stack;
  return routesIn(stack as readonly Layer[]).map(({ method, path, steps }) => listedRoute(method, path, steps));
}

function routesIn(stack: readonly Layer[]): readonly FoundRoute[] {
  return stack.flatMap((layer, index) => {
    const found = layer.route === undefined ? mountedRoutes(layer) : ownRoutes(layer, layer.route);
    return found.map((route) => {
      const before = stack.slice(0, index).filter((one) => covers(one, route.samples));
      return { ...route, steps: [...before.flatMap((one) => stepsOf(one, route.method)), ...route.steps] };
    });
  });
}

function ownRoutes(layer: Layer, route: Route): readonly FoundRoute[] {
  return METHODS.flatMap((method) => {
    if (route.methods["_all"] !== true && route.methods[method.toLowerCase()] !== true) return [];
    const handlers = handlersOf(route, method);
    const last = handlers.findLastIndex(mayBeHandler);
    // Nothing but guards: they stand in front of what is declared later.
    if (last === -1) return [];
    const steps = stepsAmong(handlers.slice(0, last + 1), route.methods["_all"] === true);
    return [route.path].flat(Infinity).map((path) => ({
      method,
      path: String(path),
      samples: samplesOf(layer, path),
      steps,
    }));
  });
}

function mountedRoutes(layer: Layer): readonly FoundRoute[] {
  const app = mountedAppOf(layer);
  const stack = app === undefined ? (layer.handle as { readonly stack?: unknown }).stack : stackOfApp(app);
  // Whoever mounts it must not get it past `--require` unseen: it stands for whatever it has.
  const isHidden = app === undefined && layer.name === MOUNTED_APP;
  if (!isHidden && !Array.isArray(stack)) return [];
  const below = isHidden ? hiddenRoutes : routesIn(stack as readonly Layer[]);
  const mountPath = mountPathOf(layer) ?? "(somewhere)";
  return [mountPath].flat(Infinity).flatMap((prefix) => {
    const above = samplesOf(layer, prefix);
    return below.map((route) => ({
      ...route,
      path: joinPaths(String(prefix), route.path),
      samples: above && route.samples && joinSamples(above, route.samples),
    }));
  });
}

/** Whether every request for the path passes a layer. Where the path is unknown, only a layer that every request passes counts. */
function covers(layer: Layer, samples: Samples | undefined): boolean {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return true;
  return passes(layer, layer.route?.path ?? mountPathOf(layer), samples);
}

function stepsOf({ route, handle }: Layer, method: string): readonly Step[] {
  if (route === undefined) return stepsAmong([handle], true);
  return stepsAmong(handlersOf(route, method), route.methods["_all"] === true);
}

function handlersOf({ stack }: Route, method: string): readonly unknown[] {
  const name = method.toLowerCase();
  const handlers = stack.filter((layer) => layer.method === undefined || layer.method === name);
  return reachableHandlers(
    handlers.map(({ handle }) => handle),
    NEXT,
  );
}

function mayBeHandler(handler: unknown): boolean {
  return guardDescription(handler)?.isHandler ?? (typeof handler === "function" && handler.length !== OF_ERRORS);
}
