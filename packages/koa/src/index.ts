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
export type { ActionContext, ActionMiddleware, KoaActionOptions, RequireAction } from "./action-middleware.ts";
export { createRequireAction, type KoaGuardOptions } from "./require-action.ts";
