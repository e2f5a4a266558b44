import { describe, expect, test } from "vitest";
import { type CompiledAction, compilePolicy, PolicyInputError } from "../../src/policy.ts";
import { rule } from "./fixtures.ts";

const policy = compilePolicy({
  dataPoints: [
    { name: "amount", type: "decimal" },
    { name: "items", type: "number", optional: true },
  ],
  counters: [
    { name: "spent", kind: "sum", by: "user", window: "7d", actions: ["pay", "withdraw"], field: "amount" },
    { name: "bought", kind: "sum", by: "device", window: "30s", actions: ["pay"], field: "items" },
    { name: "tries", kind: "count", by: "ip", window: "15m", actions: ["sign-in"] },
  ],
  actions: {
    pay: { defaultOutcome: "ALLOW" },
    withdraw: { defaultOutcome: "ALLOW", rules: [rule({ ">": [{ var: "velocity.spent" }, "1000.00"] })] },
    "sign-in": { defaultOutcome: "ALLOW" },
    settings: { defaultOutcome: "ALLOW", rules: [rule({ ">": [{ var: "velocity.tries" }, 5] })] },
    other: { defaultOutcome: "ALLOW", rules: [rule({ ">": [{ var: "velocity.tries" }, 5] }, { isActive: false })] },
  },
});

function action(code: string): CompiledAction {
  const found = policy.action(code);
  if (found === undefined) throw new Error(code);
  return found;
}

describe("the counters of an action", () => {
  test("are those it adds to", () => {
    expect(action("pay").counters).toEqual([
      {
        name: "spent",
        kind: "sum",
        by: "user",
        windowMs: 604_800_000,
        field: "amount",
        fieldType: "decimal",
        bumps: true,
      },
      { name: "bought", kind: "sum", by: "device", windowMs: 30_000, field: "items", fieldType: "number", bumps: true },
    ]);
    expect(action("sign-in").counters).toEqual([
      { name: "tries", kind: "count", by: "ip", windowMs: 900_000, bumps: true },
    ]);
  });

  test("and those its rules read, if they are active", () => {
    expect(action("settings").counters).toEqual([
      { name: "tries", kind: "count", by: "ip", windowMs: 900_000, bumps: false },
    ]);
    expect(action("settings").neededFacts).toEqual(new Set(["velocity.tries"]));
    expect(action("other").counters).toEqual([]);
  });

  test("a sum of money is compared exactly", () => {
    const outcome = (spent: string): string => action("withdraw").decide(() => spent).outcome;
    expect(outcome("1000.00")).toBe("ALLOW");
    expect(outcome("1000.000000000000000001")).toBe("BLOCK");
  });

  test("what is summed must come with the action, unless it is optional", () => {
    expect(() => action("pay").parseCustom({})).toThrow("custom.amount: is missing");
    expect(action("pay").parseCustom({ amount: "1" })).toEqual({ amount: "1" });
  });

  test.each([{ amount: "-0.01" }, { amount: "1", items: -1 }])("%j would undo what was counted", (custom) => {
    expect(() => action("pay").parseCustom(custom)).toThrow(PolicyInputError);
  });
});
