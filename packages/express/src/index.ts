export { approvedAction, assertActionPassed } from "@require-action/core";
export {
  createRequireAction,
  type ExpressActionOptions,
  type ExpressGuardOptions,
  type RequireAction,
} from "./require-action.ts";
