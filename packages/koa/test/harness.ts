import { createServer } from "node:http";
import { bodyParser } from "@koa/bodyparser";
import Router, { type RouterMiddleware } from "@koa/router";
import type { AdapterHarness, ServedApp } from "@require-action/conformance/adapter";
import type Koa from "koa";
import { approvedAction, assertActionPassed, createRequireAction, type RequireAction } from "../src/index.ts";

/** Makes a `requireAction`; replaced by adapters that are broken on purpose. */
export type CreateRequireAction = (options: ServedApp["guard"]) => RequireAction;

/** Reaches the Koa adapter of this Koa. */
export function koaHarness(framework: typeof Koa, create: CreateRequireAction = createRequireAction): AdapterHarness {
  return {
    bodyOf: (ctx) => ctx.request.body,
    approvedAction,
    assertActionPassed,
    serve({ guard, prefix, routes, parseBody, onGuard }) {
      const requireAction = create(guard);
      onGuard(requireAction.guard);
      const router = new Router({ prefix });
      for (const { method, path, guards, handle } of routes) {
        const mounted = guards.map(({ action, options }) => requireAction(action, options));
        router[method](
          path,
          ...(mounted as readonly unknown[] as RouterMiddleware[]),
          async (ctx: object & { body?: unknown }) => {
            ctx.body = await handle(ctx, mounted);
          },
        );
      }
      const app = new framework();
      // Silences the default error handler's log.
      app.silent = true;
      app.use((ctx, next) => {
        const id = ctx.get("x-test-user");
        if (id) ctx.state.user = { id };
        return next();
      });
      if (parseBody) app.use(bodyParser({ jsonLimit: "1mb" }));
      app.use(router.routes() as Koa.Middleware);
      return createServer(app.callback());
    },
  };
}
