import { type ApprovedAction, approvedAction } from "@require-action/core";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { RequireAction } from "./action-hook.ts";
import { createRequireAction, type FastifyGuardOptions } from "./require-action.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** Guards a route, as a `preHandler`. */
    requireAction: RequireAction;
  }
  interface FastifyRequest {
    /** The approved action of this request; with several guards on one route, ask `approvedAction(request, action)`. */
    readonly approvedAction: ApprovedAction | undefined;
  }
}

/**
 * Decorates the instance that it is registered on, and all below it, with `requireAction`, and their requests with
 * `approvedAction`. Siblings see nothing of it and may register it with other options. Wrong options reject the registration.
 *
 * @example
 * await app.register(requireActionPlugin, { provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] });
 * app.post("/withdrawals", { preHandler: app.requireAction("withdraw-funds") }, handler);
 */
export const requireActionPlugin: FastifyPluginAsync<FastifyGuardOptions> = fastifyPlugin(decorate, {
  fastify: "5.x",
  name: "@require-action/fastify",
});

// Async, as a callback that throws would take the process down instead of rejecting the registration.
async function decorate(app: FastifyInstance, options: FastifyGuardOptions): Promise<void> {
  app.decorate("requireAction", createRequireAction(options));
  app.decorateRequest("approvedAction", {
    getter() {
      return approvedAction(this);
    },
  });
}
