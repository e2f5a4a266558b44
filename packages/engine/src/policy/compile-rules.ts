import { compileCondition, type Test } from "./compile-condition.ts";
import type { ConditionNode } from "./condition-node.ts";
import type { FactValue, MatchedRule, PolicyDecision } from "./types.ts";
import { factReader, type Value } from "./values.ts";
import type { Variable, VariableType } from "./variables.ts";

/** What a challenge accepts and offers. */
export type MethodChoice = Pick<
  PolicyDecision,
  "verificationMethods" | "defaultVerificationMethod" | "promptToEnrollVerificationMethods"
>;

/** An active rule, read. */
export interface ReadyRule {
  readonly rule: MatchedRule;
  readonly condition: ConditionNode;
  readonly methods: MethodChoice;
}

/** The rules of one action, compiled together. */
export interface CompiledRules {
  /** The variables that the rules name. */
  readonly neededFacts: ReadonlySet<string>;
  readonly factTypes: ReadonlyMap<string, VariableType>;
  readonly decide: (facts: (name: string) => FactValue | undefined) => PolicyDecision;
}

const NONE: readonly MatchedRule[] = Object.freeze([]);

/** Compiles active rules and the default that stands when none matches. */
export function compileRules(
  rules: readonly ReadyRule[],
  fallback: Pick<PolicyDecision, "outcome"> & MethodChoice,
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
  const tests: { readonly test: Test; readonly ready: ReadyRule }[] = [...rules]
    .sort((a, b) => a.rule.priority - b.rule.priority)
    .map((ready) => ({ test: compileCondition(ready.condition, slotOf), ready }));

  function decide(facts: (name: string) => FactValue | undefined): PolicyDecision {
    const values: (Value | undefined)[] = [];
    for (const { name, read } of readers) values.push(read(facts(name)));
    let deciding: ReadyRule | undefined;
    let matched: MatchedRule[] | undefined;
    let undecided: MatchedRule[] | undefined;
    for (const { test, ready } of tests) {
      const truth = test(values);
      if (truth === false) continue;
      if (truth === undefined) {
        (undecided ??= []).push(ready.rule);
        continue;
      }
      deciding ??= ready;
      (matched ??= []).push(ready.rule);
    }
    const methods = deciding?.methods ?? fallback;
    return {
      outcome: deciding?.rule.type ?? fallback.outcome,
      deciding: deciding?.rule,
      matched: matched ?? NONE,
      undecided: undecided ?? NONE,
      verificationMethods: methods.verificationMethods,
      defaultVerificationMethod: methods.defaultVerificationMethod,
      promptToEnrollVerificationMethods: methods.promptToEnrollVerificationMethods,
    };
  }

  return { neededFacts: new Set(slots.keys()), factTypes, decide };
}
