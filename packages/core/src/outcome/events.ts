import type { ApprovalGround } from "./approved-action.ts";
import type { BindingKind } from "../binding/binding.ts";
import type { BreakerState } from "../provider/resilience/breaker.ts";
import type { ErrorCode, WarningCode } from "../reply/errors.ts";
import type { ActionState, Outcome } from "../provider/provider.ts";

/** What every event about an action carries. */
export interface ActionEvent {
  readonly action: string;
  readonly userId: string | undefined;
  /** An opaque id of this action, the same in all its events, replies and approvals. */
  readonly actionId: string | undefined;
  /** True when `observe` is on, so that nothing was stopped. */
  readonly observed: boolean;
  /** True when the fallback decided, as the provider was unavailable. */
  readonly fallback: boolean;
}

/** A provider was asked: once, or with a retry twice. Waiting for a place among its calls counts into the duration. */
export interface CallEvent extends ActionEvent {
  readonly type: "call";
  readonly provider: string;
  readonly verb: "track" | "validateChallenge" | "getAction" | "recordExecution";
  /** How often the provider was called; 0 when its breaker or its other calls did not let this one through. */
  readonly tries: number;
  /** Why it could not answer; `undefined` when it did. */
  readonly failure: ErrorCode | undefined;
  readonly durationMs: number;
}

/** The provider answered `track`. */
export interface DecisionEvent extends ActionEvent {
  readonly type: "decision";
  readonly provider: string;
  readonly state: ActionState;
  readonly outcome: Outcome | undefined;
  readonly isEnrolled: boolean;
  readonly ruleIds: readonly string[];
  /** True when a remembered device stood in for the challenge that the rules ask for. */
  readonly rememberedDevice: boolean;
  readonly binding: BindingKind;
  readonly durationMs: number;
}

/** The request goes on to its handler. */
export interface ProceedEvent extends ActionEvent {
  readonly type: "proceed";
  readonly ground: ApprovalGround;
  readonly binding: BindingKind;
  readonly verificationMethod: string | undefined;
  /** True when the provider could not decide and `onUnavailable` let the request through. */
  readonly failedOpen: boolean;
}

/** The request was answered by the guard, or with `observe` would have been. */
export interface RefusalEvent extends ActionEvent {
  readonly type: "refusal";
  /** What the client received. */
  readonly code: ErrorCode;
  /** What the client did not learn. */
  readonly reason: string;
  readonly status: number;
  /** What the application's own resolver threw on this request. */
  readonly cause?: unknown;
}

/** An approval was claimed, or was found claimed already. */
export interface ClaimEvent extends ActionEvent {
  readonly type: "claim";
  readonly ledger: string;
  readonly won: boolean;
  readonly durationMs: number;
}

/** An approval was given back: by its handler, or by the guard for the status of the answer, as `releaseOn` says. */
export interface ReleaseEvent extends ActionEvent {
  readonly type: "release";
  readonly ledger: string;
  /** The status for which the guard gave it back; absent when the handler did. */
  readonly status?: number;
  /** How often the guard has given this approval back, this time included; absent when the handler did. */
  readonly times?: number;
}

/** A handler answered with a status of `releaseOn`, and its approval stays used: it has been given back too often. */
export interface UnreleasedEvent extends ActionEvent {
  readonly type: "unreleased";
  readonly ledger: string;
  readonly status: number;
}

/** A handler answered well and had not claimed its approval, as `claim: "handler"` demands: it is still good. Also a process warning. */
export interface UnclaimedEvent extends ActionEvent {
  readonly type: "unclaimed";
  readonly status: number;
}

/**
 * A reviewed action was parked, or its worker came to it. `kept`, before its client gets the 202; `executed`, `ended` by what `code`
 * says, as `review_rejected`; `delayed`, where it could not be run and is tried again; and `overdue`, where it was delivered long
 * after it was due, as the queue or all its workers had stood still. An action has one of `executed` and `ended`; but
 * where a process is killed after its commit and before its delivery has ended, it has `ended` by `action_token_used`, with or
 * without an `executed` before.
 */
export interface ParkedEvent extends ActionEvent {
  readonly type: "parked";
  readonly queue: string;
  readonly step: "kept" | "executed" | "ended" | "delayed" | "overdue";
  /** Of `ended` and `delayed`: why. Absent where the application's own function threw. */
  readonly code?: ErrorCode;
  readonly reason?: string;
  /** How often it could not be run until now. */
  readonly tries: number;
  /** Milliseconds since it was parked; of `overdue`, since it was due. */
  readonly waitedMs: number;
  /** What the application's own function threw. */
  readonly cause?: unknown;
}

/** Something that the guard leans on failed: the provider, the ledger, the inbox, a queue, one of the application's resolvers or its `respond`. */
export interface FailureEvent extends ActionEvent {
  readonly type: "failure";
  readonly source: "provider" | "ledger" | "inbox" | "queue" | "resolver" | "respond";
  readonly code: ErrorCode;
  readonly reason: string;
  /** What the application's own function threw. */
  readonly cause?: unknown;
}

/** A provider's breaker opened, tries the provider again, or closed. Emitted once, by the guard whose call caused it. */
export interface BreakerEvent {
  readonly type: "breaker";
  readonly provider: string;
  readonly state: BreakerState;
}

/** A setting that is fine for development only, addresses that cannot be believed, or a clock that jumped; also a process warning. */
export interface WarningEvent {
  readonly type: "warning";
  readonly code: WarningCode;
  readonly message: string;
  /** The page that explains the warning. */
  readonly helpUrl: string;
}

/** What the guard emits to `on`: the precise reason that replies hide, and never a token, a code or a secret. */
export type GuardEvent =
  | CallEvent
  | DecisionEvent
  | ProceedEvent
  | RefusalEvent
  | ClaimEvent
  | UnclaimedEvent
  | ReleaseEvent
  | UnreleasedEvent
  | ParkedEvent
  | FailureEvent
  | BreakerEvent
  | WarningEvent;

/** Receives events. What it throws, rejects or never settles changes nothing. */
export type GuardEventListener = (event: GuardEvent) => unknown;
