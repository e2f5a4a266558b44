import { type ActionOptions, createGuard } from "@require-action/core";
import {
  type AdapterOptions,
  attachGuard,
  isPromiseLike,
  type NodeFramework,
  NodeRequest,
  receivedTarget,
} from "@require-action/core/adapter";
import { memberOf } from "@require-action/core/options";
import type { DefaultContext, DefaultState, Next } from "koa";
import type { ActionContext, ActionMiddleware, RequireAction } from "./action-middleware.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` is `ctx.state.user.id`, as koa-passport leaves it, by default. */
export type KoaGuardOptions<State = DefaultState, Context = DefaultContext> = AdapterOptions<
  ActionContext<State, Context>
>;

/**
 * Creates the `requireAction` of a Koa application. Wrong options throw a `ConfigurationError`, here and where a route is
 * declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] });
 * const withdrawal = requireAction("withdraw-funds", { bind: (ctx) => ({ amount: String(ctx.request.body.amount) }) });
 * router.post("/withdrawals", withdrawal, (ctx) => {
 *   ctx.body = { withdrawn: withdrawal.approved(ctx).bound.amount };
 * });
 */
export function createRequireAction<State = DefaultState, Context = DefaultContext>(
  options: KoaGuardOptions<State, Context>,
): RequireAction<State, Context> {
  const guard = createGuard<ActionContext<State, Context>>(options, {
    factory: "createRequireAction",
    user: ({ state }) => memberOf(memberOf(state, "user"), "id") as string,
  });
  const requireAction = (
    action: string,
    actionOptions?: ActionOptions<any, any>,
  ): ActionMiddleware<any, State, Context> => {
    const protect = guard.protect(action, actionOptions);
    return attachGuard(protect, async function requireActionGuard(ctx: ActionContext<State, Context>, next: Next) {
      const judged = protect.judge(new NodeRequest<ActionContext<State, Context>>(ctx, ctx.req, ctx.res, koa));
      const verdict = isPromiseLike(judged) ? await judged : judged;
      if (verdict.kind === "proceed") return next();
      // Something else, such as a time limit, answers already: Koa would write into what it writes.
      if (ctx.headerSent) return void (ctx.respond = false);
      ctx.status = verdict.status;
      ctx.set(verdict.headers);
      ctx.body = verdict.body;
    });
  };
  return Object.assign(requireAction, { guard });
}

const koa: NodeFramework<ActionContext<any, any>> = {
  target: ({ req, request }) => receivedTarget(req, request.originalUrl),
  ip: ({ request }) => request.ip,
  body: ({ request }) => request.body,
  parsed: ({ request }) => request,
  trustedProxies: ({ app }) => (!app.proxy ? "none" : app.maxIpsCount > 0 ? "some" : "any"),
};
