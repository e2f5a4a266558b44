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
  const implied = trackedEventOf(action);
  const names = Object.keys(event) as (keyof AuditEvent)[];
  return (
    names.length === Object.keys(implied).length &&
    names.every((name) =>
      name === "ruleIds"
        ? areSame(event.ruleIds, implied.ruleIds)
        : Object.hasOwn(implied, name) && event[name] === implied[name],
    )
  );
}

function areSame(one: readonly string[] = [], other: readonly string[] = []): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** The rules about the event of an action's being tracked, for stores that keep none beside an action that tells it. */
export const trackedEvents: {
  readonly initialStates: typeof initialStates;
  /** Makes the event of an action. */
  readonly of: typeof trackedEventOf;
  /** True when the action says all that the event does. */
  readonly areImplied: typeof impliesEvent;
} = { initialStates, of: trackedEventOf, areImplied: impliesEvent };
