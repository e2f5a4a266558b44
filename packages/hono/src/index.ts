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
export type { ActionEnv, ActionMiddleware, HonoActionOptions, RequireAction } from "./action-middleware.ts";
export { createRequireAction, type HonoGuardOptions } from "./require-action.ts";
