import type { IncomingMessage, ServerResponse } from "node:http";
import type { ActionOptions, Guard, PassedAction } from "@require-action/core";
import type { ApprovalReader, ApprovedBy, Bindable } from "@require-action/core/adapter";
import type { NextFunction, Request } from "express";

/** Any request of Express, however its route is typed. */
export type AnyRequest = Request<any, any, any, any, any>;

/** Options of an action on an Express route. */
export type ExpressActionOptions<Req extends AnyRequest = Request> = ActionOptions<Req>;

/** Any request, by members that no route types: those that a route does type would be inferred from here. */
export type RouteRequest = Pick<IncomingMessage, "headers" | "method" | "url">;

/**
 * The guard of a route, as a middleware; `approved(req)` reads what it approved. The handlers behind it keep the path
 * parameters that Express infers.
 */
export interface ActionMiddleware<Approved = PassedAction> extends ApprovalReader<RouteRequest, Approved> {
  (req: RouteRequest, res: ServerResponse, next: NextFunction): void;
}

/** Guards a route: `app.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export interface RequireAction {
  <
    Fields extends Bindable<Fields> = never,
    When extends boolean = true,
    Observe extends boolean = false,
    Req extends AnyRequest = Request,
  >(
    action: string,
    options?: ActionOptions<Req, Fields, When, Observe>,
  ): ActionMiddleware<ApprovedBy<Fields, When, Observe>>;
  /** The guard behind the routes. */
  readonly guard: Guard<Request>;
}
