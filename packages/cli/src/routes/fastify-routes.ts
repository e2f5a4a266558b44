import { subscribe } from "node:diagnostics_channel";
import { guardDescription } from "@require-action/core/adapter";
import { CliError } from "../lib/terminal.ts";
import { listedRoute, type ListedRoute, METHODS, stepsAmong } from "./listed-route.ts";

/** What runs before a handler. */
const HOOKS = ["onRequest", "preParsing", "preValidation", "preHandler"] as const;

type Hooks = Readonly<Partial<Record<(typeof HOOKS)[number], unknown>>>;

interface RouteOptions extends Hooks {
  readonly method: string | readonly string[];
  readonly url: string;
}

interface Fastify {
  addHook(name: "onRoute", hook: (this: object, route: RouteOptions) => void): void;
  ready(): PromiseLike<unknown>;
}

/** A route, and the instance that it was declared on. */
interface Declared {
  readonly instance: object;
  readonly route: RouteOptions;
}

const declared = new WeakMap<object, Declared[]>();

/**
 * Notes the routes of every Fastify instance that is made from now on: they cannot be listed afterwards.
 * @see https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
export function watchFastify(): void {
  subscribe("fastify.initialization", (message) => {
    const { fastify } = message as { readonly fastify: Fastify };
    const routes: Declared[] = [];
    declared.set(fastify, routes);
    fastify.addHook("onRoute", function note(route) {
      routes.push({ instance: this, route });
    });
  });
}

/** Finds the routes of a Fastify application, those of its plugins too. @throws CliError */
export async function fastifyRoutes(app: unknown): Promise<readonly ListedRoute[]> {
  await (app as Fastify).ready();
  const routes = declared.get(app as object);
  if (routes === undefined)
    throw new CliError("The application uses a version of Fastify that cannot be inspected. Use Fastify 5.", 1);
  return routes.flatMap(({ instance, route }) => {
    // Hooks of plugins are settled once the application is ready, and so are those that other plugins add to a route.
    const hooks = HOOKS.flatMap((name) => [...instanceHooks(instance, name), route[name]]).flat();
    // Its plugin for CORS answers preflights before any hook that may be a guard.
    const steps = stepsAmong(
      hooks.filter((hook) => guardDescription(hook) !== undefined),
      false,
    );
    return [route.method]
      .flat()
      .filter((method) => METHODS.includes(method))
      .map((method) => listedRoute(method, route.url, steps));
  });
}

/** What `addHook` added to an instance, which Fastify keeps under a symbol of its own. Unknown: a route counts as unguarded. */
function instanceHooks(instance: object, name: string): readonly unknown[] {
  for (let owner: object | null = instance; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === "fastify.hooks");
    if (symbol === undefined) continue;
    const hooks = (owner as Record<symbol, Record<string, unknown>>)[symbol]?.[name];
    return Array.isArray(hooks) ? hooks : [];
  }
  return [];
}
