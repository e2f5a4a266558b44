import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicy, type FactValue, type Rule } from "../../src/policy.ts";
import { decide, policyWith, rule } from "./fixtures.ts";

const express = { var: "custom.express" } as const;

function ruleAt(priority: number, changes: Partial<Rule> = {}): Rule {
  return rule(true, { ruleId: `r${priority}`, name: `rule ${priority}`, priority, ...changes });
}

describe("which rule decides", () => {
  test("the default outcome does when none matches", () => {
    const decision = decide(policyWith([rule(false)]));
    expect(decision).toMatchObject({ outcome: "ALLOW", deciding: undefined, matched: [], undecided: [] });
  });

  test("the smallest priority does, wherever it is written, and all matches are told in that order", () => {
    const decision = decide(
      policyWith([
        ruleAt(7, { type: "BLOCK" }),
        ruleAt(3, { type: "REVIEW", description: "why" }),
        ruleAt(5, { conditions: false }),
        ruleAt(9, { type: "ALLOW" }),
      ]),
    );
    expect(decision.outcome).toBe("REVIEW");
    expect(decision.deciding).toEqual({
      ruleId: "r3",
      name: "rule 3",
      description: "why",
      type: "REVIEW",
      priority: 3,
      conditions: true,
    });
    expect(decision.matched.map(({ ruleId }) => ruleId)).toEqual(["r3", "r7", "r9"]);
  });

  test("whoever is told of a decision cannot change it for others", () => {
    const action = compilePolicy(policyWith([ruleAt(1, { conditions: { "==": [express, true] } })])).action(
      "withdraw",
    )!;
    for (const fact of [true, false]) {
      const decision = action.decide(() => fact);
      expect(() => Object.assign(decision, { outcome: "REVIEW" })).toThrow(TypeError);
      expect(() => Object.assign(decision.matched, { length: 2 })).toThrow(TypeError);
      expect(action.decide(() => fact).outcome).toBe(fact ? "BLOCK" : "ALLOW");
    }
  });

  test("an inactive rule never does", () => {
    expect(decide(policyWith([ruleAt(1, { isActive: false })])).outcome).toBe("ALLOW");
  });

  test("a rule that cannot be decided does not, and is told", () => {
    const decision = decide(
      policyWith([ruleAt(1, { conditions: { "!": express } }), ruleAt(2, { type: "CHALLENGE" })]),
    );
    expect(decision.outcome).toBe("CHALLENGE");
    expect(decision.undecided.map(({ ruleId }) => ruleId)).toEqual(["r1"]);
  });

  test("for any priorities and matches, it is the smallest of those that match", () => {
    const rules = fc.uniqueArray(fc.record({ priority: fc.nat(1000), conditions: fc.boolean() }), {
      selector: ({ priority }) => priority,
      maxLength: 12,
    });
    fc.assert(
      fc.property(rules, (drawn) => {
        const { deciding, matched } = decide(
          policyWith(drawn.map(({ priority, conditions }) => ruleAt(priority, { conditions }))),
        );
        const expected = drawn
          .filter(({ conditions }) => conditions)
          .map(({ priority }) => priority)
          .sort((a, b) => a - b);
        expect(matched.map(({ priority }) => priority)).toEqual(expected);
        expect(deciding?.priority).toBe(expected[0]);
      }),
    );
  });
});

describe("which facts are asked for", () => {
  test("those that an active rule names, by their own names, each once", () => {
    const action = compilePolicy(
      policyWith([
        ruleAt(1, { conditions: { "==": [{ var: "ip.countryCode" }, "NZ"] } }),
        ruleAt(2, { conditions: { "==": [{ var: "ip.location.country.countryCode" }, "AU"] } }),
        ruleAt(3, { conditions: express }),
        ruleAt(4, { conditions: { in: [{ var: "custom.payee" }, { var: "lists.payees" }] }, isActive: false }),
      ]),
    ).action("withdraw");
    const asked: string[] = [];
    action?.decide((name): FactValue | undefined => {
      asked.push(name);
      return undefined;
    });
    expect(asked).toEqual(["ip.location.country.countryCode", "custom.express"]);
    expect([...(action?.neededFacts ?? [])]).toEqual(asked);
  });

  test("none when there are no rules", () => {
    expect(compilePolicy(policyWith([])).action("withdraw")?.neededFacts.size).toBe(0);
  });
});

describe("verification methods", () => {
  const action = {
    defaultOutcome: "CHALLENGE",
    verificationMethods: ["PASSKEY", "AUTHENTICATOR_APP"],
    defaultVerificationMethod: "PASSKEY",
    promptToEnrollVerificationMethods: ["PASSKEY"],
  } as const;

  function decideWith(changes: Partial<Rule>): ReturnType<typeof decide> {
    return decide(policyWith([], { actions: { withdraw: { ...action, rules: [rule(true, changes)] } }, counters: [] }));
  }

  test("are the action's when the rule has none", () => {
    expect(decideWith({})).toMatchObject({
      verificationMethods: ["PASSKEY", "AUTHENTICATOR_APP"],
      defaultVerificationMethod: "PASSKEY",
      promptToEnrollVerificationMethods: ["PASSKEY"],
    });
  });

  test("are the rule's when it has some; a default that it does not accept is none", () => {
    expect(decideWith({ verificationMethods: ["EMAIL_OTP"] })).toMatchObject({
      verificationMethods: ["EMAIL_OTP"],
      defaultVerificationMethod: undefined,
    });
  });

  test("the rule chooses its own default", () => {
    expect(decideWith({ defaultVerificationMethod: "AUTHENTICATOR_APP" })).toMatchObject({
      verificationMethods: ["PASSKEY", "AUTHENTICATOR_APP"],
      defaultVerificationMethod: "AUTHENTICATOR_APP",
    });
  });
});
