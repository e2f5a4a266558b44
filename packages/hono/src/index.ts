export { approvedAction, assertActionPassed, ClaimRefused } from "@require-action/core";
export {
  type ActionEnv,
  createRequireAction,
  type HonoActionOptions,
  type HonoGuardOptions,
  type RequireAction,
} from "./require-action.ts";
