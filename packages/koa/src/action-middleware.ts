import type { ActionOptions, Guard, PassedAction } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Bindable } from "@require-action/core/adapter";
import type { DefaultContext, DefaultState, ExtendableContext, Middleware, ParameterizedContext } from "koa";

/** The context that resolvers receive; `request.body` is what the body parser left. */
export type ActionContext<State = DefaultState, Context = DefaultContext> = ParameterizedContext<State, Context> & {
  request: { body?: any };
};

/** Options of an action on a Koa route. */
export type KoaActionOptions<State = DefaultState, Context = DefaultContext> = ActionOptions<
  ActionContext<State, Context>
>;

/** The guard of a route, as a middleware; `approved(ctx)` reads what it approved. */
export interface ActionMiddleware<Approved = PassedAction, State = DefaultState, Context = DefaultContext>
  extends Middleware<State, Context>, ApprovalReader<ExtendableContext, Approved> {}

/** Guards a route: `router.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export interface RequireAction<State = DefaultState, Context = DefaultContext> {
  <Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    action: string,
    options?: ActionOptions<ActionContext<State, Context>, Fields, When, Observe>,
  ): ActionMiddleware<ApprovedBy<Fields, When, Observe>, State, Context>;
  /** The guard behind the routes. */
  readonly guard: Guard<ActionContext<State, Context>>;
}
