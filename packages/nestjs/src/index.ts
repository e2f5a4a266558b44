export {
  type Approved,
  approvedAction,
  assertActionPassed,
  ClaimRefused,
  type PassedAction,
  RequireActionError,
} from "@require-action/core";
export type { GuardEvent } from "@require-action/core/events";
export type { Ledger } from "@require-action/core/ledger";
export type { ActionProvider } from "@require-action/core/provider";
export { ACTION_GUARD, type ActionGuard } from "./action-guard.ts";
export { ActionRefused } from "./action-refused.ts";
export { ApprovedAction } from "./approved-action-parameter.ts";
export { type NestActionOptions, type NestGuardOptions, RequireActionModule } from "./require-action-module.ts";
export { type ActionDecorator, RequireAction } from "./require-action.ts";
