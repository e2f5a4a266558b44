import type { ActionOptions, ApprovedAction, Guard, PassedAction } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Bindable } from "@require-action/core/adapter";
import type { Context, Env, MiddlewareHandler } from "hono";

/** Options of an action on a Hono route. */
export type HonoActionOptions<E extends Env = any> = ActionOptions<Context<E>>;

/** What a guarded handler finds in `c.var`. */
export interface ActionEnv {
  Variables: {
    /** What the last guard in front of the handler approved. */
    approvedAction: ApprovedAction;
  };
}

/** The guard of a route, as a middleware; `approved(c)` reads what it approved. */
export interface ActionMiddleware<Approved = PassedAction>
  extends MiddlewareHandler<ActionEnv>, ApprovalReader<Context<any, any, any>, Approved> {}

/** Guards a route: `app.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export interface RequireAction<E extends Env = any> {
  <Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    action: string,
    options?: ActionOptions<Context<E>, Fields, When, Observe>,
  ): ActionMiddleware<ApprovedBy<Fields, When, Observe>>;
  /** The guard behind the routes. */
  readonly guard: Guard<Context<E>>;
}
