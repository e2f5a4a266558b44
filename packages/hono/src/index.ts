export { approvedAction, assertActionPassed } from "@require-action/core";
export {
  type ActionEnv,
  createRequireAction,
  type HonoActionOptions,
  type HonoGuardOptions,
  type RequireAction,
} from "./require-action.ts";
