export { approvedAction, assertActionPassed, ClaimRefused } from "@require-action/core";
export { requireActionPlugin } from "./plugin.ts";
export {
  type ActionRequest,
  createRequireAction,
  type FastifyActionOptions,
  type FastifyGuardOptions,
  type RequireAction,
} from "./require-action.ts";
