import { createRequire } from "node:module";

interface Layer {
  readonly name: string;
}

interface Router {
  readonly stack: readonly Layer[];
}

type Use = (this: unknown, ...args: unknown[]) => unknown;

interface Express {
  readonly Router: { use?: Use; readonly prototype?: { use?: Use } };
  readonly application: { use: Use };
}

/** What Express calls the layer of an application that is mounted in another one. */
export const MOUNTED_APP = "mounted_app";

const mountPaths = new WeakMap<object, unknown>();
const mountedApps = new WeakMap<object, unknown>();

/** Where a layer is mounted; a layer keeps its path in a closure, or as a regular expression. */
export function mountPathOf(layer: object): unknown {
  return mountPaths.get(layer) ?? (layer as { readonly rawPath?: unknown }).rawPath;
}

/** The application that a layer hands on to. */
export function mountedAppOf(layer: object): unknown {
  return mountedApps.get(layer);
}

/** Patches the Express that `entry` will import, version 4 or 5, to record mount paths. Call it before `entry` is loaded. */
export function watchExpress(entry: string): void {
  const express = findExpress(entry);
  if (express === undefined) return;
  const { Router, application } = express;
  const routers = typeof Router.use === "function" ? Router : Router.prototype;
  if (typeof routers?.use === "function") {
    routers.use = noting(routers.use, stackOfRouter, (layers, args) => {
      for (const layer of layers) mountPaths.set(layer, pathAmong(args));
    });
  }
  application.use = noting(application.use, stackOfApp, (layers, args) => {
    const apps = args.flat(Infinity).filter(isExpressApp);
    const mounted = layers.filter(({ name }) => name === MOUNTED_APP);
    for (const [index, layer] of mounted.entries()) mountedApps.set(layer, apps[index]);
  });
}

/** An Express application. */
export function isExpressApp(value: unknown): boolean {
  const { handle, set, use } = (value ?? {}) as Record<string, unknown>;
  return [value, handle, set, use].every((one) => typeof one === "function");
}

/** The layers of an application, of Express 4 or 5. */
export function stackOfApp(app: unknown): readonly Layer[] {
  const { _router: router4 } = app as { readonly _router?: Router };
  if (router4 !== undefined) return router4.stack;
  try {
    return (app as { readonly router?: Router }).router?.stack ?? [];
  } catch {
    // Express 4 has nothing yet, and warns of the name.
    return [];
  }
}

function stackOfRouter(router: unknown): readonly Layer[] {
  return (router as Router).stack;
}

function noting(
  use: Use,
  stackOf: (owner: unknown) => readonly Layer[],
  note: (layers: readonly Layer[], args: readonly unknown[]) => void,
): Use {
  return function noted(this: unknown, ...args) {
    const before = stackOf(this).length;
    const answer = use.apply(this, args);
    note(stackOf(this).slice(before), args);
    return answer;
  };
}

/** A first argument that is no function, nor a list of them, is the path. */
function pathAmong([first]: readonly unknown[]): unknown {
  const [leading] = [first].flat(Infinity);
  return typeof leading === "function" ? "/" : first;
}

function findExpress(entry: string): Express | undefined {
  try {
    return createRequire(entry)("express") as Express;
  } catch {
    return undefined;
  }
}
