import { createServer } from "node:http";
import type { AdapterHarness, ServedApp } from "@require-action/conformance/adapter";
import type express from "express";
import { approvedAction, assertActionPassed, createRequireAction, type RequireAction } from "../src/index.ts";

/** Makes a `requireAction`; replaced by adapters that are broken on purpose. */
export type CreateRequireAction = (options: ServedApp["guard"]) => RequireAction;

/** Reaches the Express adapter of this Express. */
export function expressHarness(
  framework: typeof express,
  create: CreateRequireAction = createRequireAction,
): AdapterHarness {
  return {
    bodyOf: (req) => req.body,
    approvedAction,
    assertActionPassed,
    serve({ guard, prefix, routes, parseBody, onGuard }) {
      const requireAction = create(guard);
      onGuard(requireAction.guard);
      const router = framework.Router();
      for (const { method, path, guards, handle } of routes) {
        const mounted = guards.map(({ action, options }) => requireAction(action, options));
        router[method](path, ...mounted, (req: express.Request, res: express.Response, next: express.NextFunction) => {
          // Express 4 does not catch rejections of handlers; a broken adapter may have had it answer before.
          Promise.resolve(handle(req, mounted)).then((body) => res.headersSent || res.json(body), next);
        });
      }
      const app = framework();
      // Silences the default error handler's log.
      app.set("env", "test");
      app.use((req, _res, next) => {
        const id = req.get("x-test-user");
        if (id) Object.assign(req, { user: { id } });
        next();
      });
      if (parseBody)
        app.use(framework.json({ limit: "1mb", verify: (req, _res, rawBody) => void Object.assign(req, { rawBody }) }));
      app.use(prefix, router);
      return createServer(app);
    },
  };
}
