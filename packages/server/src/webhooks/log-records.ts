import { eventIdOf } from "@require-action/engine/server";
import type { ActionRecord, AuditEvent } from "@require-action/engine/store";

/** A log event, with what tells it from every other. */
export interface LogEntry {
  readonly type: "action.log_created" | "challenge.log_created";
  readonly id: string;
  readonly at: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * The action as it is, if the event is the one that left it so: an event of a state that has passed has no entry, as that of the next
 * has one.
 * @see https://docs.authsignal.com/advanced-usage/webhooks/action-log-created
 */
export function actionEntry(
  tenantId: string,
  { type, state, at }: AuditEvent,
  action: ActionRecord,
): LogEntry | undefined {
  if (!leavesState.has(type)) return undefined;
  if (state !== action.state) return undefined;
  const { actionId, createdAt, stateUpdatedAt, outcome, verificationMethod, rules, attributes, facts } = action;
  const { allowedVerificationMethods: allowed = [] } = action;
  const { ipAddress, deviceId, email, phoneNumber, custom = {} } = attributes;
  const [first] = rules;
  const country = facts?.["ip.location.country.countryCode"] ?? facts?.["ip.countryCode"];
  return {
    type: "action.log_created",
    id: eventIdOf(["action.log_created", actionId, state]),
    at,
    record: {
      ...subjectOf(tenantId, action),
      createdAt: isoTime(createdAt),
      updatedAt: isoTime(stateUpdatedAt),
      state,
      stateUpdatedAt: isoTime(stateUpdatedAt),
      outcome,
      ...(verificationMethod === undefined ? {} : { verificationMethod }),
      ...(allowed.length === 0 ? {} : { allowedVerificationMethods: allowed }),
      ...(first === undefined ? {} : { rules: reportedRules(action), priorityRuleId: first.ruleId }),
      ...(typeof country === "string" ? { countryCode: country } : {}),
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(email === undefined ? {} : { email }),
      ...(phoneNumber === undefined ? {} : { phoneNumber }),
      ...(Object.keys(custom).length === 0 ? {} : { custom }),
    },
  };
}

/**
 * What happened to a challenge; `undefined` for an event of anything else. `ordinal` tells events apart that are alike in all they
 * say.
 * @see https://docs.authsignal.com/advanced-usage/webhooks/challenge-log-created
 */
export function challengeEntry(
  tenantId: string,
  event: AuditEvent,
  action: ActionRecord,
  ordinal: (description: string) => number,
): LogEntry | undefined {
  const { at, reason, verificationMethod } = event;
  const type = challengeType(event);
  if (type === undefined) return undefined;
  const parts = ["challenge.log_created", JSON.stringify(event)];
  return {
    type: "challenge.log_created",
    id: eventIdOf([...parts, String(ordinal(parts.join()))]),
    at,
    record: {
      ...subjectOf(tenantId, action),
      createdAt: isoTime(at),
      type,
      ...(verificationMethod === undefined ? {} : { verificationMethod }),
      ...(reason === undefined ? {} : { errorDescription: reason }),
    },
  };
}

/** Rules that matched, as they are reported to others than reviewers: without their conditions. */
export function reportedRules({ rules }: ActionRecord): readonly object[] {
  return rules.map(({ type: _type, conditions: _conditions, ...rule }) => rule);
}

/** The events that leave an action in another state. */
const leavesState: ReadonlySet<AuditEvent["type"]> = new Set([
  "action.tracked",
  "action.transitioned",
  "challenge.denied_by_user",
]);

function subjectOf(tenantId: string, { userId, action, idempotencyKey }: ActionRecord): LogEntry["record"] {
  return { tenantId, userId, actionCode: action, idempotencyKey };
}

/** Refusals that are Authsignal's by name; any other is a wrong answer, or `FAILED`. */
const refusals: ReadonlyMap<string | undefined, string> = new Map([
  ["too_many_attempts", "MAX_ATTEMPTS_EXCEEDED"],
  ["too_many_sends", "RATE_LIMIT_EXCEEDED"],
  ["delivery_failed", "SEND_DOWNSTREAM_FAILED"],
]);
const wrongAnswers: ReadonlySet<string | undefined> = new Set(["answer_wrong", "answer_used"]);

/** Authsignal's word for what happened, made alike for the methods of which it documents none. */
function challengeType({ type, verificationMethod: method = "CHALLENGE", reason }: AuditEvent): string | undefined {
  const isSentCode = method === "SMS" || method === "WHATSAPP";
  switch (type) {
    case "challenge.sent":
      return `${method}_SENT`;
    case "challenge.matched":
      return `${method}_MATCHED`;
    case "challenge.verified":
      return isSentCode || method === "EMAIL_OTP" ? `${method}_CODE_VALID` : `${method}_VALID`;
    case "challenge.refused":
      if (wrongAnswers.has(reason)) return `${method}${isSentCode ? "_CODE" : ""}_INVALID_OR_EXPIRED`;
      return `${method}_${refusals.get(reason) ?? "FAILED"}`;
    default:
      return undefined;
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
