export { approvedAction, assertActionPassed, ClaimRefused } from "@require-action/core";
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
