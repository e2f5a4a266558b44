import type { Policy } from "../../src/index.ts";
import type { Condition, FactValue, PolicyDecision, PolicyMistake, Rule } from "../../src/policy.ts";
import { compilePolicy, PolicyError } from "../../src/policy.ts";

/** A policy that declares one of everything, around the rules of one action. */
export function policyWith(rules: readonly Rule[], changes: Partial<Policy> = {}): Policy {
  return {
    actions: { withdraw: { defaultOutcome: "ALLOW", rules } },
    dataPoints: [
      { name: "amount", type: "decimal" },
      { name: "limit", type: "decimal" },
      { name: "items", type: "number" },
      { name: "currency", type: "text" },
      { name: "payee", type: "text" },
      { name: "express", type: "boolean" },
      { name: "vip", type: "boolean", model: "user" },
    ],
    lists: { payees: ["mallory", "trudy"], sizes: [1, 2, 3], networks: ["10.0.0.0/8"], empty: [] },
    counters: [{ name: "withdrawals", kind: "count", by: "user", window: "24h", actions: ["withdraw"] }],
    ...changes,
  };
}

/** A rule that blocks on the given conditions. */
export function rule(conditions: unknown, changes: Partial<Rule> = {}): Rule {
  return { ruleId: "r1", name: "rule 1", priority: 1, type: "BLOCK", conditions: conditions as Condition, ...changes };
}

/** Decides one rule: true, false, or undefined when it cannot be decided. */
export function truth(conditions: unknown, facts: Record<string, FactValue> = {}): boolean | undefined {
  const { matched, undecided } = decide(policyWith([rule(conditions)]), facts);
  return undecided.length > 0 ? undefined : matched.length > 0;
}

export function decide(policy: Policy, facts: Record<string, FactValue> = {}): PolicyDecision {
  const action = compilePolicy(policy).action("withdraw");
  if (action === undefined) throw new Error("the fixture has no such action");
  return action.decide((name) => facts[name]);
}

/** The mistakes of a policy; none when it compiles. */
export function mistakesOf(source: unknown): readonly PolicyMistake[] {
  try {
    compilePolicy(source);
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.mistakes;
    throw error;
  }
}

/** Where the mistakes of one rule's conditions are, from the conditions down. */
export function conditionMistakes(conditions: unknown): readonly PolicyMistake[] {
  const prefix = "actions.withdraw.rules[0].conditions";
  return mistakesOf(policyWith([rule(conditions)])).map((mistake) => ({
    ...mistake,
    path: mistake.path.startsWith(prefix) ? mistake.path.slice(prefix.length) : `OUTSIDE ${mistake.path}`,
  }));
}
