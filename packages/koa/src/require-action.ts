import {
  type ActionOptions,
  createGuard,
  describedLike,
  fromIncomingMessage,
  type Guard,
  type GuardOptions,
  type GuardRequest,
} from "@require-action/core";
import type { DefaultContext, DefaultState, Middleware, ParameterizedContext } from "koa";

/** The context that resolvers receive; `request.body` is what the body parser left. */
export type ActionContext<State = DefaultState, Context = DefaultContext> = ParameterizedContext<State, Context> & {
  request: { body?: any };
};

/** Options of {@link createRequireAction}: a guard's, where `user` is `ctx.state.user.id`, as koa-passport leaves it, by default. */
export type KoaGuardOptions<State = DefaultState, Context = DefaultContext> = Omit<
  GuardOptions<ActionContext<State, Context>>,
  "user"
> &
  Partial<Pick<GuardOptions<ActionContext<State, Context>>, "user">>;

/** Options of an action on a Koa route. */
export type KoaActionOptions<State = DefaultState, Context = DefaultContext> = ActionOptions<
  ActionContext<State, Context>
>;

/** Guards a route: `router.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export interface RequireAction<State = DefaultState, Context = DefaultContext> {
  (action: string, options?: KoaActionOptions<State, Context>): Middleware<State, Context>;
  /** The guard behind the routes. */
  readonly guard: Guard<ActionContext<State, Context>>;
}

/**
 * Creates the `requireAction` of a Koa application. Wrong options throw a `ConfigurationError`, here and where a route is
 * declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET!] });
 * router.post("/withdrawals", requireAction("withdraw-funds", { bind: (ctx) => ({ amount: ctx.request.body.amount }) }), handler);
 */
export function createRequireAction<State = DefaultState, Context = DefaultContext>(
  options: KoaGuardOptions<State, Context>,
): RequireAction<State, Context> {
  const guard = createGuard<ActionContext<State, Context>>({ user: signedInUser, ...options });
  const requireAction = (
    action: string,
    actionOptions?: KoaActionOptions<State, Context>,
  ): Middleware<State, Context> => {
    const protect = guard.protect(action, actionOptions);
    return describedLike(protect, async function requireActionGuard(ctx, next) {
      const verdict = await protect(guardRequest(ctx));
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

function guardRequest<State, Context>(ctx: ActionContext<State, Context>): GuardRequest<ActionContext<State, Context>> {
  return {
    ...fromIncomingMessage(ctx.req, ctx.res, ctx.request.body),
    native: ctx,
    method: ctx.method,
    target: ctx.originalUrl,
    ip: ctx.ip,
  };
}

function signedInUser({ state }: ActionContext<any, any>): string | number | undefined {
  return state.user?.id;
}
