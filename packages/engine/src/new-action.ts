import { randomUUID } from "node:crypto";
import type { Outcome } from "@require-action/core";
import { initialStates } from "./action-states.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { PolicyDecision } from "./policy/index.ts";
import type { RecordedFacts } from "./recorded-facts.ts";
import type { ActionRecord, RecordedRule } from "./store/records.ts";
import type { TrackInput } from "./track-input.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const none: readonly never[] = Object.freeze([]);

/** What was decided about a request. */
export interface NewAction {
  readonly input: TrackInput;
  readonly outcome: Outcome;
  /** What the rules said; undefined for an action that the policy does not name. */
  readonly decision: PolicyDecision | undefined;
  readonly facts: RecordedFacts | undefined;
  readonly policyVersion: string;
  readonly reviewLifetimeMs: number;
  readonly now: number;
}

/** The record of a new action. Built up rather than spread together, as every decision passes here. */
export function newActionRecord({
  input: { key, attributes },
  outcome,
  decision,
  facts,
  policyVersion,
  reviewLifetimeMs,
  now,
}: NewAction): ActionRecord {
  const state = initialStates[outcome];
  const rules = decision?.matched ?? none;
  const record: Mutable<ActionRecord> = {
    userId: key.userId,
    action: key.action,
    idempotencyKey: key.idempotencyKey,
    actionId: randomUUID(),
    attributes,
    outcome,
    state,
    createdAt: now,
    stateUpdatedAt: now,
    rules: rules.length === 0 ? none : rules.map(recordedRule),
    policyVersion,
  };
  if (facts !== undefined) record.facts = facts;
  const allowed = decision?.verificationMethods;
  const byDefault = decision?.defaultVerificationMethod;
  if (allowed !== undefined) record.allowedVerificationMethods = allowed;
  if (byDefault !== undefined) record.defaultVerificationMethod = byDefault;
  if (state === "REVIEW_REQUIRED") record.review = { expiresAt: now + reviewLifetimeMs };
  return record;
}

/** The event that goes with it. */
export function trackedEvent(
  { userId, action, actionId, outcome, state, rules, policyVersion, createdAt }: ActionRecord,
  undecided: PolicyDecision["undecided"] = none,
): AuditEvent {
  const event: Mutable<AuditEvent> = {
    type: "action.tracked",
    at: createdAt,
    userId,
    action,
    actionId,
    outcome,
    state,
    policyVersion,
  };
  if (rules.length > 0) event.ruleIds = rules.map(({ ruleId }) => ruleId);
  if (undecided.length > 0) event.undecidedRuleIds = undecided.map(({ ruleId }) => ruleId);
  return event;
}

function recordedRule({ ruleId, name, description }: PolicyDecision["matched"][number]): RecordedRule {
  return description === undefined ? { ruleId, name } : { ruleId, name, description };
}
