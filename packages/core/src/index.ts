export { ACTION_TOKEN_HEADER } from "./action-token.ts";
export { type ApprovalGround, type ApprovedAction, approvedAction, assertActionPassed } from "./approved-action.ts";
export type { ActionAttributes } from "./attributes.ts";
export { createBareRecord } from "./bare-record.ts";
export type { Awaitable } from "./awaitable.ts";
export type { BindingKind, BoundFields, BoundValue } from "./binding.ts";
export type { BreakerState } from "./breaker.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  ConfigurationError,
  type ErrorCode,
  errorCatalog,
  helpUrl,
  ProviderError,
  RequireActionError,
  type RequireActionErrorOptions,
} from "./errors.ts";
export type {
  ActionEvent,
  BreakerEvent,
  CallEvent,
  ClaimEvent,
  DecisionEvent,
  FailureEvent,
  GuardEvent,
  GuardEventListener,
  ProceedEvent,
  RefusalEvent,
  ReleaseEvent,
  UnclaimedEvent,
  WarningEvent,
} from "./events.ts";
export { ClaimRefused } from "./claim-refused.ts";
export { createGuard, type Guard } from "./guard.ts";
export type {
  ActionOptions,
  ClaimedBy,
  ClientContext,
  Deadlines,
  GuardOptions,
  OnNotEnrolled,
  OnUnavailable,
  Profile,
  SharedOptions,
} from "./guard-options.ts";
export { describedLike, type GuardDescription, guardDescription } from "./guard-description.ts";
export { fromIncomingMessage, type GuardRequest, type RequestBody } from "./guard-request.ts";
export { createHoldOff, type HoldOff } from "./hold-off.ts";
export { isActionCode, isId } from "./ids.ts";
export type { StopOptions, StopReport } from "./in-flight.ts";
export type { Ledger, SynchronousLedger } from "./ledger.ts";
export { createMemoryLedger, type MemoryLedger, type MemoryLedgerOptions } from "./memory-ledger.ts";
export { isAborted } from "./provider-call.ts";
export type { ActionCall, GuardedAction, OffHttpOptions } from "./off-http.ts";
export { parseGetActionAnswer, parseTrackAnswer, parseValidateChallengeAnswer } from "./provider-answer.ts";
export type {
  ActionProvider,
  ActionState,
  CallOptions,
  CustomValue,
  GetActionAnswer,
  GetActionRequest,
  Outcome,
  TrackAnswer,
  TrackAttributes,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "./provider.ts";
export { lengthPrefixed } from "./length-prefixed.ts";
export type { BreakerOptions, ResilienceOptions } from "./resilience-options.ts";
export { type EndListener, whenResponseEnded } from "./response-end.ts";
export type { ChallengeRequired, Done, EnrollmentRequired, Refused, ReviewRequired, RunResult } from "./run-result.ts";
export type { Proceed, Reply, Verdict } from "./verdict.ts";
