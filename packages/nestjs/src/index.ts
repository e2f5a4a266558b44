export {
  type ActionProvider,
  approvedAction,
  assertActionPassed,
  ClaimRefused,
  type GuardEvent,
  type Ledger,
  RequireActionError,
} from "@require-action/core";
export { ACTION_GUARD, type ActionGuard } from "./action-guard.ts";
export { ActionRefused } from "./action-refused.ts";
export { ApprovedAction } from "./approved-action-parameter.ts";
export type { NestActionOptions, NestGuardOptions } from "./nest-options.ts";
export { RequireAction } from "./require-action.ts";
export { RequireActionModule } from "./require-action-module.ts";
