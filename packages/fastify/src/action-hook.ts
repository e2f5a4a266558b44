import type { ActionOptions, Guard, PassedAction } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Bindable } from "@require-action/core/adapter";
import type { FastifyRequest, preHandlerHookHandler } from "fastify";

/** The request that resolvers receive, unless they name the types of their route. */
export type ActionRequest = FastifyRequest & { body: any; query: any; params: any };

/** Any request of Fastify, however its route is typed. */
export type AnyRequest = FastifyRequest<any, any, any, any, any, any, any, any>;

/** A `preHandler` of any route. */
export type AnyHook = preHandlerHookHandler<any, any, any, any, any, any, any, any>;

/** Options of an action on a Fastify route. */
export type FastifyActionOptions<Request extends FastifyRequest<any> = ActionRequest> = ActionOptions<Request>;

/** The guard of a route, as a `preHandler`; `approved(request)` reads what it approved. */
export interface ActionHook<Approved = PassedAction> extends AnyHook, ApprovalReader<AnyRequest, Approved> {}

/** Guards a route: `app.post("/withdrawals", { preHandler: requireAction("withdraw-funds") }, handler)`. */
export interface RequireAction {
  <
    Fields extends Bindable<Fields> = never,
    When extends boolean = true,
    Observe extends boolean = false,
    Request extends FastifyRequest<any> = ActionRequest,
  >(
    action: string,
    options?: ActionOptions<Request, Fields, When, Observe>,
  ): ActionHook<ApprovedBy<Fields, When, Observe>>;
  /** The guard behind the routes. */
  readonly guard: Guard<ActionRequest>;
}
