import type { Policy } from "@require-action/engine";

/** What the bench's route is about. */
export const ACTION = "withdraw-funds";

/** The body of every request, and the fields that are bound. */
export const withdrawal = { amount: "40.00", currency: "EUR", payee: "DE02120300000000202051" } as const;

/** An action with rules on two fields each, none of which matches the bench's withdrawal: all are evaluated each time. */
export function policyOf(rules: number, defaultOutcome: "ALLOW" | "CHALLENGE" = "ALLOW"): Policy {
  return {
    dataPoints: [
      { name: "amount", type: "decimal" },
      { name: "currency", type: "text" },
      { name: "payee", type: "text" },
    ],
    actions: {
      [ACTION]: {
        defaultOutcome,
        rules: Array.from({ length: rules }, (_, index) => ({
          ruleId: `rule-${index}`,
          name: `Amounts over ${1000 + index} to one payee`,
          priority: index,
          type: "CHALLENGE",
          conditions: {
            and: [{ ">": [{ var: "custom.amount" }, 1000 + index] }, { "==": [{ var: "custom.payee" }, `p-${index}`] }],
          },
        })),
      },
    },
  };
}

/** A rule of a policy. */
export type Rule = NonNullable<Policy["actions"][string]["rules"]>[number];

/** The policy with more rules on its action, and with the counters that these ask for. */
export function withRules(policy: Policy, rules: readonly Rule[], counters?: Policy["counters"]): Policy {
  const { [ACTION]: action } = policy.actions;
  return {
    ...policy,
    actions: { [ACTION]: { ...action!, rules: [...action!.rules!, ...rules] } },
    ...(counters !== undefined && { counters }),
  };
}
