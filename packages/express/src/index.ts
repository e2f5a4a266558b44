export {
  type ActionProvider,
  approvedAction,
  type ApprovedAction,
  assertActionPassed,
  ClaimRefused,
  type GuardEvent,
  type Ledger,
  RequireActionError,
} from "@require-action/core";
export {
  type ActionDecorator,
  type ActionDecoratorFactory,
  type ControllerMethod,
  createActionDecorator,
} from "./decorator.ts";
export {
  createRequireAction,
  type ExpressActionOptions,
  type ExpressGuardOptions,
  type RequireAction,
} from "./require-action.ts";
