import { type Policy } from "@require-action/engine";
import { compilePolicy } from "@require-action/engine/policy";
import { asJsonLogic } from "./contenders.ts";
import type { Contender, RuleSet } from "./rule-set.ts";

const ACTION = "sample";

/** Our rules. They are always all evaluated, so that all matches are told; there is no stopping at the first. */
export function oursWith(type: "number" | "decimal"): Contender {
  return {
    name: type === "number" ? "ours" : "ours, amounts as exact decimals",
    prepare(set) {
      const action = compilePolicy(policyOf(set, type)).action(ACTION)!;
      const { amount, country } = set.facts;
      const facts: Readonly<Record<string, string | number>> = {
        "custom.amount": type === "number" ? amount : String(amount),
        "custom.country": country,
      };
      return { all: () => action.decide((name) => facts[name]).matched.length };
    },
  };
}

/** A set of rules as a policy. */
export function policyOf({ rules }: RuleSet, type: "number" | "decimal"): Policy {
  return {
    dataPoints: [
      { name: "amount", type },
      { name: "country", type: "text" },
    ],
    actions: {
      [ACTION]: {
        defaultOutcome: "ALLOW",
        rules: rules.map((rule, index) => ({
          ruleId: `rule-${index}`,
          name: `Rule ${index}`,
          priority: index,
          type: "CHALLENGE",
          conditions: asJsonLogic(rule, "custom."),
        })),
      },
    },
  };
}
