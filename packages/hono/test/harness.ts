import type { Server } from "node:http";
import type { createAdaptorServer } from "@hono/node-server";
import type { AdapterHarness, ServedApp, ServedRoute } from "@require-action/conformance/adapter";
import type { Context, Hono, MiddlewareHandler } from "hono";
import { approvedAction, assertActionPassed, createRequireAction, type RequireAction } from "../src/index.ts";

/** Makes a `requireAction`; replaced by adapters that are broken on purpose. */
export type CreateRequireAction = (options: ServedApp["guard"]) => RequireAction;

/** A Hono and the server that it runs on. */
export interface Framework {
  readonly Hono: typeof Hono;
  readonly createAdaptorServer: typeof createAdaptorServer;
}

type GuardOptions = NonNullable<ServedRoute["guards"][number]["options"]>;

/** Reaches the Hono adapter of this Hono. */
export function honoHarness(
  { Hono, createAdaptorServer }: Framework,
  create: CreateRequireAction = createRequireAction,
): AdapterHarness {
  return {
    bodyOf: (c) => bodies.get(c),
    approvedAction,
    assertActionPassed,
    serve({ guard, prefix, routes, parseBody, onGuard }) {
      const requireAction = create(guard);
      onGuard(requireAction.guard);
      const bank = new Hono();
      for (const { method, path, guards, handle } of routes) {
        const mounted = guards.map(({ action, options }) => requireAction(action, options && readingBody(options)));
        const handlers = [...mounted, async (c: Context) => c.json(await handle(c, mounted))] as unknown as [
          MiddlewareHandler,
        ];
        bank[method](path, ...handlers);
      }
      const app = new Hono();
      // Silences the default error handler's log.
      app.onError((error, c) => ("getResponse" in error ? error.getResponse() : c.text("Internal Server Error", 500)));
      app.use(signInByHeader);
      // No middleware of Hono parses bodies, so nobody has done so only where something read past Hono.
      if (!parseBody) app.use(drainBody);
      app.route(prefix, bank);
      return createAdaptorServer({ fetch: app.fetch }) as Server;
    },
  };
}

/** Keeps users where applications of Hono do. */
export const signInByHeader: MiddlewareHandler = async (c, next) => {
  const id = c.req.header("x-test-user");
  if (id) c.set("user", { id });
  await next();
};

const drainBody: MiddlewareHandler = async (c, next) => {
  await c.req.raw.text();
  await next();
};

/** Bodies that resolvers have read. The suite's resolvers are synchronous, Hono's bodies are not. */
const bodies = new WeakMap<Context, unknown>();

function readingBody(options: GuardOptions): GuardOptions {
  const read = { ...options };
  for (const name of ["bind", "when"] as const) {
    const resolver = options[name];
    if (typeof resolver !== "function") continue;
    Object.assign(read, {
      async [name](c: Context) {
        bodies.set(c, await c.req.json().catch(() => undefined));
        return resolver(c);
      },
    });
  }
  return read;
}
