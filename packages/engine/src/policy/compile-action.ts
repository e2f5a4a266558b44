import type { Outcome } from "@require-action/core/provider";
import { parseWindow, type PlannedCounter } from "./counter-plans.ts";
import { compileRules, type MethodChoice, type ReadyRule } from "./compile-rules.ts";
import { createCustomReader } from "./custom-reader.ts";
import { pathText } from "@require-action/core/options";
import type { Mistakes, Path } from "./reading/mistakes.ts";
import { parseCondition } from "./conditions/parse-condition.ts";
import type { Parsing } from "./conditions/parse-operand.ts";
import type { DataPoint } from "./model/policy.ts";
import type { ReadAction, ReadRule } from "./policy-schema.ts";
import type { ActionPart, Part } from "./read-policy.ts";
import type { CompiledAction, CounterPlan, MatchedRule, ReviewRules } from "./model/types.ts";

/** What an action of a policy shares with the others. */
export interface PolicyFrame {
  readonly parsing: Parsing;
  readonly dataPoints: readonly DataPoint[];
  readonly counters: readonly PlannedCounter[];
}

/** Compiles one action and its rules; `undefined` when it is malformed, after reporting every mistake. */
export function compileAction(part: ActionPart, frame: PolicyFrame): CompiledAction | undefined {
  const { code, value: action } = part;
  const { mistakes } = frame.parsing;
  reportDuplicates(part.rules, "ruleId", mistakes);
  reportDuplicates(part.rules, "priority", mistakes);
  const fallback = methodChoice(action ?? {}, {}, part.path, mistakes);
  const rules = part.rules.flatMap((rule) => readRule(rule, fallback, frame.parsing));
  if (action === undefined) return undefined;

  const {
    rules: summaries,
    neededFacts,
    factTypes,
    decide,
  } = compileRules(rules, {
    outcome: action.defaultOutcome,
    firstFactor: action.firstFactor ?? "within",
    rememberDays: rememberDays(action, action.defaultOutcome, part.path, mistakes),
    ...fallback,
  });
  const counters = frame.counters
    .map(({ plan, actions }): CounterPlan => ({ ...plan, bumps: actions.has(code) }))
    .filter(({ name, bumps }) => bumps || neededFacts.has(`velocity.${name}`));
  const expected = expectedDataPoints(frame.dataPoints, neededFacts, counters);
  const templates = action.messagingTemplates;
  return {
    code,
    defaultOutcome: action.defaultOutcome,
    ...fallback,
    remembersDevices: action.rememberDevice !== undefined || rules.some((rule) => rule.rememberDays !== undefined),
    review: reviewRules(action, part.path, mistakes),
    messagingTemplates: templates && new Map(Object.entries(templates)),
    rules: summaries,
    requiredDataPoints: new Set(expected.filter(({ required }) => required).map(({ dataPoint }) => dataPoint.name)),
    neededFacts,
    factTypes,
    counters,
    parseCustom: createCustomReader(expected),
    decide,
  };
}

function readRule({ value: rule, path }: Part<ReadRule>, action: MethodChoice, parsing: Parsing): ReadyRule[] {
  const condition = parseCondition(rule.conditions, [...path, "conditions"], parsing);
  const methods = methodChoice(rule, action, path, parsing.mistakes);
  const days = rememberDays(rule, rule.type, path, parsing.mistakes);
  if (condition === undefined || rule.isActive === false) return [];
  const { ruleId, name, description, type, priority, conditions, whenUnknown } = rule;
  const matched: MatchedRule = {
    ruleId,
    name,
    type,
    priority,
    conditions,
    ...(description === undefined ? {} : { description }),
  };
  const unknown: MatchedRule | undefined = whenUnknown && { ...matched, type: whenUnknown, isUnknown: true };
  return [
    {
      rule: Object.freeze(matched),
      unknown: unknown && Object.freeze(unknown),
      path: pathText(path),
      condition,
      methods,
      rememberDays: days,
    },
  ];
}

/** Only a challenge can be stood in for, so a setting that does nothing is a mistake. */
function rememberDays(
  { rememberDevice }: Pick<ReadAction, "rememberDevice">,
  outcome: Outcome,
  path: Path,
  mistakes: Mistakes,
): number | undefined {
  if (rememberDevice === undefined) return undefined;
  if (outcome !== "CHALLENGE") mistakes.add([...path, "rememberDevice"], `is for CHALLENGE, and this is ${outcome}`);
  return rememberDevice.days;
}

const LONGEST_REVIEW_DAYS = 30;

function reviewRules({ review = {} }: Pick<ReadAction, "review">, path: Path, mistakes: Mistakes): ReviewRules {
  const { approvers = 1, of, timeout } = review;
  if (of !== undefined && new Set(of).size < of.length) mistakes.add([...path, "review", "of"], "names a group twice");
  const timeoutMs = timeout === undefined ? undefined : parseWindow(timeout, LONGEST_REVIEW_DAYS);
  if (timeout !== undefined && timeoutMs === undefined) {
    mistakes.add([...path, "review", "timeout"], `is longer than ${LONGEST_REVIEW_DAYS} days`);
  }
  return { approvers, of, timeoutMs };
}

/** What a rule says about methods stands in place of what its action says, as Authsignal has it. */
function methodChoice(
  own: Pick<ReadAction, keyof MethodChoice>,
  inherited: Partial<MethodChoice>,
  path: Path,
  mistakes: Mistakes,
): MethodChoice {
  const verificationMethods = own.verificationMethods ?? inherited.verificationMethods;
  const accepted = (method: string | undefined): boolean =>
    method === undefined || verificationMethods === undefined || verificationMethods.includes(method);
  if (!accepted(own.defaultVerificationMethod)) {
    mistakes.add([...path, "defaultVerificationMethod"], "is not one of verificationMethods");
  }
  const inheritedDefault = inherited.defaultVerificationMethod;
  return {
    verificationMethods,
    defaultVerificationMethod:
      own.defaultVerificationMethod ?? (accepted(inheritedDefault) ? inheritedDefault : undefined),
    promptToEnrollVerificationMethods:
      own.promptToEnrollVerificationMethods ?? inherited.promptToEnrollVerificationMethods,
  };
}

function expectedDataPoints(
  dataPoints: readonly DataPoint[],
  neededFacts: ReadonlySet<string>,
  counters: readonly CounterPlan[],
): Parameters<typeof createCustomReader>[0] {
  const ofAction = dataPoints.filter(({ model = "action" }) => model === "action");
  return ofAction.map((dataPoint) => {
    const { name, optional = false } = dataPoint;
    const summedBy = counters.find(({ field, bumps }) => bumps && field === name)?.name;
    const needed = neededFacts.has(`custom.${name}`) || summedBy !== undefined;
    return { dataPoint, required: needed && !optional, summedBy };
  });
}

function reportDuplicates(rules: readonly Part<ReadRule>[], member: "ruleId" | "priority", mistakes: Mistakes): void {
  const seen = new Map<string | number, string>();
  for (const { value: rule, path } of rules) {
    const first = seen.get(rule[member]);
    if (first === undefined) {
      seen.set(rule[member], rule.name);
      continue;
    }
    const message = `is also that of the rule ${JSON.stringify(first)}: it must be unique in the action`;
    mistakes.add([...path, member], message);
  }
}
