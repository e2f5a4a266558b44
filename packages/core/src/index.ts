export { ACTION_TOKEN_HEADER } from "./request/guard-request.ts";
export {
  type ApprovalGround,
  type Approved,
  type ApprovedAction,
  approvedAction,
  assertActionPassed,
  type PassedAction,
} from "./outcome/approved-action.ts";
export type { ActionAttributes } from "./settings/attributes.ts";
export type { BindingKind, BoundFields, BoundValue } from "./binding/binding.ts";
export { type Clock, systemClock } from "./lib/clock.ts";
export { ClaimRefused } from "./reply/refusal.ts";
export {
  ConfigurationError,
  type ErrorCode,
  errorCatalog,
  helpUrl,
  RequireActionError,
  type RequireActionErrorOptions,
} from "./reply/errors.ts";
export { createGuard, type Guard } from "./guard/guard.ts";
export type {
  ActionOptions,
  ClaimedBy,
  ClientContext,
  GuardOptions,
  OnNotEnrolled,
  OnUnavailable,
  Profile,
  SharedOptions,
} from "./settings/guard-options.ts";
export type { Deadlines } from "./settings/deadlines.ts";
export type { StopOptions, StopReport } from "./request/in-flight.ts";
export { createMemoryLedger, type MemoryLedger, type MemoryLedgerOptions } from "./ledger/memory-ledger.ts";
export type { DeclaredAction } from "./provider/provider.ts";
export type { VerificationMethodName } from "./options/verification-methods.ts";
export type { BreakerOptions, ResilienceOptions } from "./provider/resilience/resilience-options.ts";
