import { setImmediate } from "node:timers/promises";
import type { AdapterHarness, ServedApp } from "@require-action/conformance/adapter";
import type fastify from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { approvedAction, assertActionPassed, createRequireAction, type RequireAction } from "../src/index.ts";

/** Makes a `requireAction`; replaced by adapters that are broken on purpose. */
export type CreateRequireAction = (options: ServedApp["guard"]) => RequireAction;

/** Reaches the Fastify adapter of this Fastify. */
export function fastifyHarness(
  framework: typeof fastify,
  create: CreateRequireAction = createRequireAction,
): AdapterHarness {
  return {
    bodyOf: (request: FastifyRequest) => request.body,
    approvedAction,
    assertActionPassed,
    async serve({ guard, prefix, routes, parseBody, onGuard }) {
      const requireAction = create(guard);
      onGuard(requireAction.guard);
      // Fastify would refuse such bodies in words of its own; the guard has to do so too.
      const app = framework({ onProtoPoisoning: "ignore", onConstructorPoisoning: "ignore" });
      signInByHeader(app);
      // As sessions, compression and caches do: a reply has not ended when `send` returns.
      app.addHook("onSend", async () => {
        await setImmediate();
      });
      if (!parseBody) app.removeAllContentTypeParsers();
      else keepText(app);
      // Fastify itself answers 415 to a type without parser; this passes such a body by, as multipart and proxy plugins do.
      app.addContentTypeParser("*", (_request, _payload, done) => done(null));
      await app.register(
        async (scope) => {
          for (const { method, path, guards, handle } of routes) {
            // Fastify has one route for a method and a path, so nothing can stand behind its handler.
            if (scope.hasRoute({ method: "POST", url: prefix + path })) continue;
            const preHandler = guards.map(({ action, options }) => requireAction(action, options));
            scope[method](path, { preHandler }, (request) => handle(request, preHandler));
          }
        },
        { prefix },
      );
      await app.ready();
      return app.server;
    },
  };
}

/** Parses JSON as Fastify does and keeps the text, as fastify-raw-body does. */
function keepText(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("ignore", "ignore");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, rawBody, done) => {
    Object.assign(request, { rawBody });
    return parse(request, rawBody as string, done);
  });
}

/** Keeps users where @fastify/passport does. */
export function signInByHeader(app: FastifyInstance): void {
  app.decorateRequest("user", null);
  app.addHook("onRequest", async (request) => {
    const id = request.headers["x-test-user"];
    if (id) Object.assign(request, { user: { id } });
  });
}
