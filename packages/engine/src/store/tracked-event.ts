import type { Outcome } from "@require-action/core/provider";
import type { AuditEvent } from "./audit-event.ts";
import type { ActionRecord } from "./records.ts";

/** Where `track` leaves an action, by outcome. */
export const initialStates: Readonly<Record<Outcome, "ALLOW" | "BLOCK" | "CHALLENGE_REQUIRED" | "REVIEW_REQUIRED">> = {
  ALLOW: "ALLOW",
  BLOCK: "BLOCK",
  CHALLENGE: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
};

/** The event of an action's being tracked, made of what no transition changes. */
export function trackedEventOf(action: ActionRecord): AuditEvent {
  const { userId, action: code, actionId, outcome, policyVersion, createdAt, rules } = action;
  return {
    type: "action.tracked",
    at: createdAt,
    userId,
    action: code,
    actionId,
    outcome,
    state: initialStates[outcome],
    policyVersion,
    ...(rules.length === 0 ? {} : { ruleIds: rules.map(({ ruleId }) => ruleId) }),
  };
}

/** True when the action says all that the event does, so that the event need not be kept beside it. */
export function impliesEvent(action: ActionRecord, event: AuditEvent): boolean {
  const { rules } = action;
  return (
    event.type === "action.tracked" &&
    event.at === action.createdAt &&
    event.userId === action.userId &&
    event.action === action.action &&
    event.actionId === action.actionId &&
    event.outcome === action.outcome &&
    event.state === initialStates[action.outcome] &&
    event.policyVersion === action.policyVersion &&
    // Nothing else is said.
    Object.keys(event).length === (rules.length === 0 ? IMPLIED : IMPLIED + 1) &&
    (rules.length === 0 || areSame(event.ruleIds ?? none, rules))
  );
}

/** How many members of an event any action implies. */
const IMPLIED = 8;
const none: readonly never[] = Object.freeze([]);

function areSame(ruleIds: readonly string[], rules: ActionRecord["rules"]): boolean {
  return ruleIds.length === rules.length && rules.every(({ ruleId }, index) => ruleId === ruleIds[index]);
}

/** The rules about the event of an action's being tracked, for stores that keep none beside an action that tells it. */
export const trackedEvents: {
  readonly initialStates: typeof initialStates;
  /** Makes the event of an action. */
  readonly of: typeof trackedEventOf;
  /** True when the action says all that the event does. */
  readonly areImplied: typeof impliesEvent;
} = { initialStates, of: trackedEventOf, areImplied: impliesEvent };
