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
  type ActionEnv,
  createRequireAction,
  type HonoActionOptions,
  type HonoGuardOptions,
  type RequireAction,
} from "./require-action.ts";
