import type { Reviews } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { reportedRules } from "../webhooks/log-records.ts";

/** An action as `getAction` and `updateAction` return it. */
export function describeAction(record: ActionRecord, review: ReturnType<Reviews["status"]>): object {
  const { state, createdAt, stateUpdatedAt, verificationMethod, rules, deniedByUser } = record;
  return {
    state,
    createdAt: isoTime(createdAt),
    stateUpdatedAt: isoTime(stateUpdatedAt),
    ...(verificationMethod === undefined ? {} : { verificationMethod }),
    // As recorded when the action was decided, the deciding one first.
    rules: reportedRules(record),
    ruleIds: rules.map(({ ruleId }) => ruleId),
    // What rules of Authsignal's compute; those of a policy decide, and compute nothing.
    output: {},
    ...viewDenial(state === "CHALLENGE_FAILED" && deniedByUser),
    ...(review === "expired" ? { requireAction: { reviewExpired: true } } : {}),
  };
}

/** What Authsignal's API has no word for: its clients see a challenge that failed. */
export function viewDenial(deniedByUser: boolean | undefined): object {
  return deniedByUser === true ? { requireAction: { deniedByUser } } : {};
}

/** An action as one of a list. */
export function describeListedAction(record: ActionRecord): object {
  const { action, idempotencyKey, state, createdAt, stateUpdatedAt, attributes } = record;
  const { verificationMethod, verifiedByAuthenticatorId } = record;
  const { userAgent, ipAddress } = attributes;
  return {
    actionCode: action,
    idempotencyKey,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(stateUpdatedAt),
    state,
    stateUpdatedAt: isoTime(stateUpdatedAt),
    ...(verificationMethod === undefined ? {} : { verificationMethod }),
    ...(verifiedByAuthenticatorId === undefined ? {} : { verifiedByAuthenticatorId }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(ipAddress === undefined ? {} : { ipAddress }),
  };
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
