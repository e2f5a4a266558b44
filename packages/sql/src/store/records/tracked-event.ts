import type { ActionRecord, AuditEvent } from "@require-action/engine/store";

/** The state in which an action begins, by its outcome. As `INITIAL_STATE` says it in SQL. */
const initialStates: Readonly<Record<ActionRecord["outcome"], ActionRecord["state"]>> = {
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
export function tellsEvent(action: ActionRecord, event: AuditEvent): boolean {
  const { ruleIds: told = [], ...others } = trackedEventOf(action);
  const { ruleIds = [], ...given } = event;
  const names = Object.keys(given) as (keyof typeof given)[];
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => given[name] === others[name as keyof typeof others]) &&
    ruleIds.length === told.length &&
    ruleIds.every((ruleId, index) => ruleId === told[index])
  );
}
