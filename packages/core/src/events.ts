export type { WarningCode } from "./reply/errors.ts";
export type { BreakerState } from "./provider/resilience/breaker.ts";
export type {
  ActionEvent,
  BreakerEvent,
  CallEvent,
  ClaimEvent,
  DecisionEvent,
  FailureEvent,
  GuardEvent,
  GuardEventListener,
  ParkedEvent,
  ProceedEvent,
  RefusalEvent,
  ReleaseEvent,
  UnclaimedEvent,
  UnreleasedEvent,
  WarningEvent,
} from "./outcome/events.ts";
