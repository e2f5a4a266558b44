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
  type ActionContext,
  createRequireAction,
  type KoaActionOptions,
  type KoaGuardOptions,
  type RequireAction,
} from "./require-action.ts";
