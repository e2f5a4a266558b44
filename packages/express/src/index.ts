export {
  type Approved,
  approvedAction,
  type ApprovedAction,
  assertActionPassed,
  ClaimRefused,
  type PassedAction,
  RequireActionError,
} from "@require-action/core";
export type { GuardEvent } from "@require-action/core/events";
export type { Ledger } from "@require-action/core/ledger";
export type { ActionProvider } from "@require-action/core/provider";
export type {
  ActionMiddleware,
  AnyRequest,
  ExpressActionOptions,
  RequireAction,
  RouteRequest,
} from "./action-middleware.ts";
export {
  type ActionDecorator,
  type ActionDecoratorFactory,
  type ControllerMethod,
  createActionDecorator,
} from "./decorator.ts";
export { createRequireAction, type ExpressGuardOptions } from "./require-action.ts";
