import type { AdapterHarness, RouteGuard, ServedApp, ServedRoute } from "@require-action/conformance/adapter";
import { approvedAction, assertActionPassed, type RequireAction } from "../src/index.ts";
import { createFetchServer, type Received } from "./node-server.ts";

type GuardOptions = NonNullable<ServedRoute["guards"][number]["options"]>;

/** A route's guards, one within the other around its handler. */
export interface GuardedRoute {
  readonly route: ServedRoute;
  readonly handler: (...args: readonly any[]) => Promise<Response>;
}

/** A platform whose handlers are served by a server of Node's own. */
export interface TestPlatform {
  readonly create: (options: ServedApp["guard"]) => Pick<RequireAction<any>, "guarded" | "guard">;
  /** What the platform gives its handlers. */
  readonly args: (received: Received, user: string | undefined) => readonly object[];
  /** The request of what resolvers receive. */
  readonly requestOf: (native: any) => Request;
}

/** Reaches the adapter of a platform that has no router of its own. */
export function platformHarness({ create, args, requestOf }: TestPlatform): AdapterHarness {
  return frameworkHarness(requestOf, (app) => {
    const handlerOf = guardRoutes(create(app.guard), app, requestOf);
    return createFetchServer(async (received) => {
      const { request, target } = received;
      if (!app.parseBody) await request.text();
      const handler = handlerOf(request.method, target);
      if (!handler) return new Response("Not Found", { status: 404 });
      return handler(...args(received, request.headers.get("x-test-user") ?? undefined));
    });
  });
}

/** Guards the routes of an application, and finds the handler of a request among them. */
export function guardRoutes(
  requireAction: Pick<RequireAction<any>, "guarded" | "guard">,
  { onGuard, routes, prefix }: ServedApp,
  requestOf: (native: any) => Request,
): (method: string, target: string) => GuardedRoute["handler"] | undefined {
  onGuard(requireAction.guard);
  const guarded = routes.map((route) => guardRoute(requireAction, route, requestOf));
  return (method, target) => guarded.find(({ route }) => matches(route, prefix, method, target))?.handler;
}

/** Reaches an adapter within a framework that is served as `serve` does it. */
export function frameworkHarness(
  requestOf: (native: any) => Request,
  serve: AdapterHarness["serve"],
  accessors: Pick<AdapterHarness, "approvedAction" | "assertActionPassed"> = { approvedAction, assertActionPassed },
): AdapterHarness {
  return { serve, bodyOf: (native) => bodies.get(requestOf(native)), ...accessors };
}

export function guardRoute(
  { guarded }: Pick<RequireAction<any>, "guarded">,
  route: ServedRoute,
  requestOf: (native: any) => Request,
  read?: (native: any) => Promise<unknown>,
): GuardedRoute {
  const mounted: RouteGuard[] = [];
  const innermost = async (...[native]: readonly any[]): Promise<Response> => {
    try {
      return Response.json(await route.handle(native, mounted));
    } catch (error) {
      // A handler of the web answers what its validator refuses.
      if (error instanceof Error && "getResponse" in error) return (error as any).getResponse();
      throw error;
    }
  };
  const handler = route.guards.reduceRight<GuardedRoute["handler"]>((inner, { action, options = {} }) => {
    const own = guarded(action, readingBody(options, requestOf, read), (_approved, ...args) => inner(...args));
    mounted.unshift(own as RouteGuard);
    return own;
  }, innermost);
  return { route, handler };
}

function matches({ method, path }: ServedRoute, prefix: string, sent: string, target: string): boolean {
  if (method !== "all" && method !== sent.toLowerCase()) return false;
  const pattern = `${prefix}${path}`.split("/");
  const given = new URL(target, "http://localhost").pathname.split("/");
  return (
    pattern.length === given.length &&
    pattern.every((part, index) => (part.startsWith(":") ? given[index] !== "" : decoded(given[index]!) === part))
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part).toLowerCase();
  } catch {
    return part;
  }
}

/** Bodies that resolvers have read. The suite's resolvers are synchronous, bodies of the web are not. */
const bodies = new WeakMap<Request, unknown>();

function readingBody(
  options: GuardOptions,
  requestOf: (native: any) => Request,
  read: (native: any) => Promise<unknown> = (native) => requestOf(native).json(),
): GuardOptions {
  const reading = { ...options };
  for (const name of ["bind", "when"] as const) {
    const resolver = options[name];
    if (typeof resolver !== "function") continue;
    Object.assign(reading, {
      async [name](native: any) {
        bodies.set(requestOf(native), await read(native).catch(() => undefined));
        return resolver(native);
      },
    });
  }
  return reading;
}
