import { type ActionOptions, createGuard } from "@require-action/core";
import {
  type AdapterOptions,
  attachGuard,
  type Awaitable,
  fromIncomingMessage,
  type GuardRequest,
  passesOver,
  receivedTarget,
  type Verdict,
  settle,
} from "@require-action/core/adapter";
import { memberOf } from "@require-action/core/options";
import type { FastifyReply } from "fastify";
import type { ActionHook, ActionRequest, AnyHook, RequireAction } from "./action-hook.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` is `request.user.id`, as @fastify/passport leaves it, by default. */
export type FastifyGuardOptions = AdapterOptions<ActionRequest>;

/**
 * Creates the `requireAction` of a Fastify application, for use as `preHandler`. Wrong options throw a `ConfigurationError`,
 * here and where a route is declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] });
 * const withdrawal = requireAction("withdraw-funds", { bind: (request) => ({ amount: String(request.body.amount) }) });
 * app.post("/withdrawals", { preHandler: withdrawal }, async (request) => {
 *   return { withdrawn: withdrawal.approved(request).bound.amount };
 * });
 */
export function createRequireAction(options: FastifyGuardOptions): RequireAction {
  const guard = createGuard<ActionRequest>(options, { factory: "createRequireAction", user: signedInUser });
  const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionHook<any> => {
    const protect = guard.protect(action, actionOptions);
    // With `done`, not async: Fastify runs the handler once an async hook has settled and no reply has ended yet, which an
    // asynchronous onSend hook or a client that leaves in time would bring about.
    const hook: AnyHook = function requireActionGuard(request: ActionRequest, reply, done) {
      const guarded = guardRequest(request, reply);
      const judge = (): Awaitable<Verdict> => protect.judge(guarded);
      void settle(judge, (verdict) => follow(verdict, reply, done), done as (error: unknown) => void);
    };
    return attachGuard(protect, hook);
  };
  return Object.assign(requireAction, { guard });
}

function guardRequest(request: ActionRequest, reply: FastifyReply): GuardRequest<ActionRequest> {
  const common = fromIncomingMessage(request.raw, reply.raw, request.body, request);
  return {
    ...common,
    body: { ...common.body, passedOver: () => passesOver(request.server, request.raw) },
    native: request,
    method: request.method,
    target: receivedTarget(request.raw, request.url),
    ip: request.ip,
    // Not the raw response's, which Fastify's own headers would replace.
    setCookie: (cookie) => void reply.header("set-cookie", cookie),
    // Fastify keeps to itself whom it trusts; of `ips` the first is the connection's, and those behind it are believed.
    trustedProxies: () => ((request.ips?.length ?? 1) > 1 ? "some" : "none"),
  };
}

function follow(verdict: Verdict, reply: FastifyReply, done: () => void): void {
  if (verdict.kind === "proceed") return done();
  // Written past Fastify, by a time limit for example; a second answer would throw where nobody catches.
  if (reply.raw.headersSent) return;
  // Bytes, as Fastify would add a charset to the type of a text.
  reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
}

function signedInUser(request: ActionRequest): string | number | undefined {
  return memberOf(memberOf(request, "user"), "id") as string | number | undefined;
}
