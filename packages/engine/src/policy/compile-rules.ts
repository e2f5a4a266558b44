import { compileConjunction } from "./conditions/compile-condition.ts";
import type { ConditionNode } from "./conditions/condition-node.ts";
import type { FactValue, MatchedRule, PolicyDecision, RuleSummary } from "./model/types.ts";
import { readFact, type Value } from "./model/values.ts";
import type { Variable, VariableType } from "./model/variables.ts";

/** What a challenge accepts and offers. */
export type MethodChoice = Pick<
  PolicyDecision,
  "verificationMethods" | "defaultVerificationMethod" | "promptToEnrollVerificationMethods"
>;

/** An active rule, read. */
export interface ReadyRule {
  readonly rule: MatchedRule;
  /** Where the rule is in the policy. */
  readonly path: string;
  /** The rule as it matches when its conditions are unknown; it does not when this is undefined. */
  readonly unknown: MatchedRule | undefined;
  readonly condition: ConditionNode;
  readonly methods: MethodChoice;
  readonly rememberDays: number | undefined;
}

/** The rules of one action, compiled together. */
export interface CompiledRules {
  readonly rules: readonly RuleSummary[];
  /** The variables that the rules name. */
  readonly neededFacts: ReadonlySet<string>;
  readonly factTypes: ReadonlyMap<string, VariableType>;
  readonly decide: (facts: (name: string) => FactValue | undefined) => PolicyDecision;
}

const NONE: readonly MatchedRule[] = Object.freeze([]);

/** Compiles active rules and the default that stands when none matches. */
export function compileRules(
  rules: readonly ReadyRule[],
  fallback: Pick<PolicyDecision, "outcome" | "firstFactor" | "rememberDays"> & MethodChoice,
): CompiledRules {
  const slots = new Map<string, number>();
  const factTypes = new Map<string, VariableType>();
  const slotOf = ({ name, type }: Variable): number => {
    const slot = slots.get(name) ?? slots.size;
    slots.set(name, slot);
    factTypes.set(name, type);
    return slot;
  };
  const ready: readonly ReadyRule[] = [...rules].sort((a, b) => a.rule.priority - b.rule.priority);
  const summaries: RuleSummary[] = [];
  const tests = ready.map(({ path, rule, unknown, condition }) => {
    const facts = new Set<string>();
    summaries.push({ path, ruleId: rule.ruleId, type: rule.type, whenUnknown: unknown?.type, facts });
    return compileConjunction(condition, (variable) => {
      facts.add(variable.name);
      return slotOf(variable);
    });
  });
  // Two lists of functions and no list of pairs: the loop below is what a decision is most about.
  const firsts = tests.map(({ first }) => first);
  const rests = tests.map(({ rest }) => rest);
  const variables = Array.from(factTypes, ([name, type]) => ({ name, type }));

  const decisionOf = (
    deciding: MatchedRule | undefined,
    { verificationMethods, defaultVerificationMethod, promptToEnrollVerificationMethods }: MethodChoice,
    rememberDays: number | undefined,
    matched: readonly MatchedRule[],
    undecided: readonly MatchedRule[],
  ): PolicyDecision => ({
    outcome: deciding?.type ?? fallback.outcome,
    deciding,
    matched,
    undecided,
    verificationMethods,
    defaultVerificationMethod,
    promptToEnrollVerificationMethods,
    firstFactor: fallback.firstFactor,
    rememberDays,
  });
  // Most often no rule matches, or one: what that comes to is the same each time, and frozen, as many requests share it.
  const none = Object.freeze(decisionOf(undefined, fallback, fallback.rememberDays, NONE, NONE));
  const alone = ready.map(({ rule, methods, rememberDays }) =>
    Object.freeze(decisionOf(rule, methods, rememberDays, Object.freeze([rule]), NONE)),
  );

  function decide(facts: (name: string) => FactValue | undefined): PolicyDecision {
    const values: (Value | undefined)[] = [];
    for (const { name, type } of variables) values.push(readFact(type, facts(name)));
    let decider = 0;
    let deciding: MatchedRule | undefined;
    let matched: MatchedRule[] | undefined;
    let undecided: MatchedRule[] | undefined;
    for (let at = 0; at < firsts.length; at++) {
      // Most rules end at their first part.
      const first = firsts[at]!(values);
      if (first === false) continue;
      const rest = rests[at]!(values);
      if (rest === false) continue;
      const { rule, unknown } = ready[at]!;
      const isUnknown = first === undefined || rest === undefined;
      if (isUnknown) (undecided ??= []).push(rule);
      const match = isUnknown ? unknown : rule;
      if (match === undefined) continue;
      if (deciding === undefined) {
        deciding = match;
        decider = at;
      } else (matched ??= [deciding]).push(match);
    }
    if (undecided === undefined && matched === undefined) return deciding === undefined ? none : alone[decider]!;
    const { methods, rememberDays } =
      deciding === undefined ? { methods: fallback, rememberDays: fallback.rememberDays } : ready[decider]!;
    return decisionOf(
      deciding,
      methods,
      // What an unknown fact left open might have asked for more.
      undecided?.some(({ type }) => type !== "ALLOW") === true ? undefined : rememberDays,
      matched ?? (deciding === undefined ? NONE : [deciding]),
      undecided ?? NONE,
    );
  }

  return { rules: summaries, neededFacts: new Set(slots.keys()), factTypes, decide };
}
