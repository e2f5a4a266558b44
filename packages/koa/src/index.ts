export { approvedAction, assertActionPassed, ClaimRefused } from "@require-action/core";
export {
  type ActionContext,
  createRequireAction,
  type KoaActionOptions,
  type KoaGuardOptions,
  type RequireAction,
} from "./require-action.ts";
