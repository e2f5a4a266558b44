import { compileCondition, type Test } from "./conditions/compile-condition.ts";
import type { ConditionNode } from "./conditions/condition-node.ts";
import type { FactValue, MatchedRule, PolicyDecision, RuleSummary } from "./model/types.ts";
import { factReader, type Value } from "./model/values.ts";
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
  const readers: { readonly name: string; readonly read: (fact: FactValue | undefined) => Value | undefined }[] = [];
  const slotOf = ({ name, type }: Variable): number => {
    const known = slots.get(name);
    if (known !== undefined) return known;
    slots.set(name, readers.length);
    factTypes.set(name, type);
    return readers.push({ name, read: factReader(type) }) - 1;
  };
  const tests: { readonly test: Test; readonly ready: ReadyRule; readonly summary: RuleSummary }[] = [...rules]
    .sort((a, b) => a.rule.priority - b.rule.priority)
    .map((ready) => {
      const facts = new Set<string>();
      const test = compileCondition(ready.condition, (variable) => {
        facts.add(variable.name);
        return slotOf(variable);
      });
      const { path, rule, unknown } = ready;
      return {
        test,
        ready,
        summary: { path, ruleId: rule.ruleId, type: rule.type, whenUnknown: unknown?.type, facts },
      };
    });

  function decide(facts: (name: string) => FactValue | undefined): PolicyDecision {
    const values: (Value | undefined)[] = [];
    for (const { name, read } of readers) values.push(read(facts(name)));
    let deciding: MatchedRule | undefined;
    let methods: MethodChoice = fallback;
    let { rememberDays } = fallback;
    let matched: MatchedRule[] | undefined;
    let undecided: MatchedRule[] | undefined;
    for (const { test, ready } of tests) {
      const truth = test(values);
      if (truth === false) continue;
      if (truth === undefined) (undecided ??= []).push(ready.rule);
      const match = truth === undefined ? ready.unknown : ready.rule;
      if (match === undefined) continue;
      if (deciding === undefined) {
        deciding = match;
        methods = ready.methods;
        rememberDays = ready.rememberDays;
      }
      (matched ??= []).push(match);
    }
    return {
      outcome: deciding?.type ?? fallback.outcome,
      deciding,
      matched: matched ?? NONE,
      undecided: undecided ?? NONE,
      verificationMethods: methods.verificationMethods,
      defaultVerificationMethod: methods.defaultVerificationMethod,
      promptToEnrollVerificationMethods: methods.promptToEnrollVerificationMethods,
      firstFactor: fallback.firstFactor,
      // What an unknown fact left open might have asked for more.
      rememberDays: undecided?.some(({ type }) => type !== "ALLOW") === true ? undefined : rememberDays,
    };
  }

  return { rules: tests.map(({ summary }) => summary), neededFacts: new Set(slots.keys()), factTypes, decide };
}
