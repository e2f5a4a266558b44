import { randomUUID } from "node:crypto";
import { bareCopy, createNullProtoRecord } from "@require-action/core/options";
import type { Outcome } from "@require-action/core/provider";
import { openReview } from "../actions/review-votes.ts";
import type { TrackInput } from "../context/track-input.ts";
import type { PolicyDecision, ReviewRules } from "../policy/model/types.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import { initialStates } from "../store/tracked-event.ts";
import type { ActionRecord, RecordedFacts, RecordedRule } from "../store/records.ts";
import { chooseShownFields } from "../receipts/shown-fields.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const none: readonly never[] = Object.freeze([]);

/** What was decided about a request. */
interface NewAction {
  readonly input: TrackInput;
  readonly outcome: Outcome;
  /** What the rules said; undefined for an action that the policy does not name. */
  readonly decision: PolicyDecision | undefined;
  readonly facts: RecordedFacts | undefined;
  /** The remembered device that stood in for the challenge. */
  readonly rememberedDeviceId: string | undefined;
  /** The methods that the user is enrolled with. */
  readonly enrolled: readonly string[];
  /** The data points of actions that the policy marks `show`. */
  readonly shownDataPoints: ReadonlySet<string>;
  readonly policyVersion: string;
  readonly reviewRules: ReviewRules | undefined;
  readonly hasReceipt: boolean;
  readonly reviewLifetimeMs: number;
  readonly startedAt: number;
  readonly now: number;
}

/** The record of a new action, which inherits nothing. Built up rather than spread together, as every decision passes here. */
export function newActionRecord({
  input,
  outcome,
  decision,
  facts,
  rememberedDeviceId,
  enrolled,
  shownDataPoints,
  policyVersion,
  reviewRules,
  hasReceipt,
  reviewLifetimeMs,
  startedAt,
  now,
}: NewAction): ActionRecord {
  const { key, attributes } = input;
  const state = initialStates[outcome];
  const rules = decision?.matched ?? none;
  const record: Mutable<ActionRecord> = createNullProtoRecord<never>() as never;
  record.userId = key.userId;
  record.action = key.action;
  record.idempotencyKey = key.idempotencyKey;
  record.actionId = timeOrderedId(now);
  record.attributes = attributes;
  record.outcome = outcome;
  record.state = state;
  record.createdAt = now;
  record.stateUpdatedAt = now;
  record.rules = rules.length === 0 ? none : rules.map((rule) => recordedRule(rule, outcome));
  record.policyVersion = policyVersion;
  record.decidedInMs = Math.max(0, now - startedAt);
  const shown = chooseShownFields(attributes.custom, input.boundFields, shownDataPoints);
  if (shown !== undefined) record.shownFields = shown;
  // Nothing is approved of what is allowed or blocked, so that only a receipt names it.
  const isNamed = hasReceipt || state === "CHALLENGE_REQUIRED" || state === "REVIEW_REQUIRED";
  if (isNamed && input.boundFields.length > 0) record.boundFields = input.boundFields;
  if (facts !== undefined) record.facts = facts;
  if (rememberedDeviceId !== undefined) record.rememberedDeviceId = rememberedDeviceId;
  if (state === "CHALLENGE_REQUIRED" && decision?.rememberDays !== undefined && input.takesDeviceSecrets) {
    record.rememberDays = decision.rememberDays;
  }
  const allowed = decision?.verificationMethods;
  const byDefault = decision?.defaultVerificationMethod;
  if (allowed !== undefined) record.allowedVerificationMethods = allowed;
  if (byDefault !== undefined) record.defaultVerificationMethod = byDefault;
  if (decision?.firstFactor === "before") record.enrolledBefore = enrolled;
  if (state === "REVIEW_REQUIRED") record.review = bareCopy(openReview(reviewRules, reviewLifetimeMs, now));
  return record;
}

/** The event that goes with it. */
export function trackedEvent(
  { userId, action, actionId, outcome, state, rules, policyVersion, createdAt }: ActionRecord,
  undecided: PolicyDecision["undecided"] = none,
): AuditEvent {
  const event: Mutable<AuditEvent> = createNullProtoRecord<never>() as never;
  event.type = "action.tracked";
  event.at = createdAt;
  event.userId = userId;
  event.action = action;
  event.actionId = actionId;
  event.outcome = outcome;
  event.state = state;
  event.policyVersion = policyVersion;
  if (rules.length > 0) event.ruleIds = rules.map(({ ruleId }) => ruleId);
  if (undecided.length > 0) event.undecidedRuleIds = undecided.map(({ ruleId }) => ruleId);
  return event;
}

function recordedRule(rule: PolicyDecision["matched"][number], outcome: Outcome): RecordedRule {
  const { ruleId, name, description, type, conditions, isUnknown } = rule;
  const recorded: Mutable<RecordedRule> = createNullProtoRecord<never>() as never;
  recorded.ruleId = ruleId;
  recorded.name = name;
  if (description !== undefined) recorded.description = description;
  if (isUnknown === true) recorded.isUnknown = true;
  if (outcome === "REVIEW") {
    recorded.type = type;
    recorded.conditions = bareCopy(conditions);
  }
  return recorded;
}

/**
 * Makes a UUID of version 7: its time first, then 74 random bits. Ids that are made one after the other stand beside each other
 * in a store's index, where random ones would touch as many pages of it as there are.
 * @param now in milliseconds since the epoch
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function timeOrderedId(now: number): string {
  if (now !== timed.at)
    timed = { at: now, text: `${hex(Math.floor(now / 0x1_0000), 8)}-${hex(Math.floor(now % 0x1_0000), 4)}-7` };
  return timed.text + randomUUID().slice(15);
}

/** The last time, as ids have it: many are made within a millisecond. In two parts, as engines print large numbers slowly. */
let timed = { at: Number.NaN, text: "" };

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
