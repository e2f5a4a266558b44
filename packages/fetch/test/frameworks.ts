import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import type { AdapterHarness } from "@require-action/conformance/adapter";
import { Elysia } from "elysia";
import { H3, readBody as readBody2 } from "h3";
import { toNodeHandler } from "h3/node";
import {
  createApp,
  createRouter,
  defineEventHandler,
  type H3Event as H3Event1,
  readBody as readBody1,
  toNodeListener,
  toWebHandler,
} from "h3v1";
import { createRequireAction as createForElysia } from "../src/elysia.ts";
import { createRequireAction as createForH3, type H3GuardOptions } from "../src/h3.ts";
import { frameworkHarness, guardRoute } from "./harness.ts";
import { createFetchServer } from "./node-server.ts";

/** Reaches h3 2, on Node. */
export function h3Harness(): AdapterHarness {
  return frameworkHarness(
    (event) => event.req,
    ({ guard, prefix, routes, parseBody, onGuard }) => {
      const requireAction = createForH3(guard);
      onGuard(requireAction.guard);
      const app = new H3({ silent: true });
      app.use(async (event) => {
        const id = event.req.headers.get("x-test-user");
        if (id) event.context["user"] = { id };
        if (!parseBody) await event.req.text();
      });
      for (const route of routes) {
        const { handler } = guardRoute(requireAction, route, (event) => event.req, readBody2);
        app[route.method](prefix + route.path, handler);
      }
      return createServer(toNodeHandler(app) as never);
    },
  );
}

/** Reaches h3 1, as Nuxt and Nitro 2 have it on Node. */
export function h3v1Harness(): AdapterHarness {
  return h3v1HarnessOf(
    (app) => createServer(toNodeListener(app)),
    ({ node }) => text(node.req),
  );
}

/** Reaches h3 1 as it answers requests of the web, where its objects of Node are likenesses. */
export function h3v1WebHarness(): AdapterHarness {
  return h3v1HarnessOf(
    (app) => {
      const answer = toWebHandler(app);
      return createFetchServer(({ request, incoming }) => answer(request, { address: incoming.socket.remoteAddress }));
    },
    ({ _requestBody }) => new Response(_requestBody as ReadableStream).text(),
    { clientAddress: ({ context }) => context["address"] },
  );
}

function h3v1HarnessOf(
  serve: (app: ReturnType<typeof createApp>) => Server,
  readPast: (event: H3Event1) => Promise<string>,
  options: Partial<H3GuardOptions<H3Event1>> = {},
): AdapterHarness {
  return frameworkHarness(
    (event) => event,
    ({ guard, prefix, routes, parseBody, onGuard }) => {
      const requireAction = createForH3({ ...options, ...guard });
      onGuard(requireAction.guard);
      const app = createApp();
      app.use(
        defineEventHandler(async (event) => {
          const id = event.headers.get("x-test-user");
          if (id) event.context["user"] = { id };
          if (!parseBody) await readPast(event);
        }),
      );
      const router = createRouter();
      for (const route of routes) {
        const { handler } = guardRoute(requireAction, route, (event) => event, readBody1);
        const verbs = { get: "get", post: "post", all: "use" } as const;
        router[verbs[route.method]](prefix + route.path, defineEventHandler(handler));
      }
      app.use(router);
      return serve(app);
    },
  );
}

/** Reaches Elysia through `app.fetch`. */
export function elysiaHarness(): AdapterHarness {
  return frameworkHarness(
    ({ request }) => request,
    ({ guard, prefix, routes, parseBody, onGuard }) => {
      const addresses = new WeakMap<Request, string>();
      const requireAction = createForElysia({
        clientAddress: ({ request }) => addresses.get(request),
        ...guard,
      });
      onGuard(requireAction.guard);
      const app = new Elysia({ aot: true }).derive(({ request }) => {
        const id = request.headers.get("x-test-user");
        return id ? { user: { id } } : {};
      });
      for (const route of routes) {
        const { handler } = guardRoute(requireAction, route, ({ request }) => request);
        const verb = route.method === "all" ? "ALL" : route.method.toUpperCase();
        app.route(verb, prefix + route.path, handler as any, { parse: "none" });
      }
      return createFetchServer(async ({ request, incoming }) => {
        if (!parseBody) await request.text();
        addresses.set(request, incoming.socket.remoteAddress ?? "");
        return app.fetch(request);
      });
    },
  );
}
