import { describe, expect, test } from "vitest";
import { compilePolicy, PolicyInputError, type PolicyMistake } from "../../src/policy.ts";
import { policyWith, rule } from "./fixtures.ts";

const needsAmount = policyWith([rule({ ">": [{ var: "custom.amount" }, 500] })]);

function inputMistakes(custom: unknown, policy: unknown = needsAmount): readonly PolicyMistake[] {
  try {
    compilePolicy(policy).action("withdraw")?.parseCustom(custom);
    return [];
  } catch (error) {
    if (error instanceof PolicyInputError) return error.mistakes;
    throw error;
  }
}

describe("data points that come with an action", () => {
  test("are kept as they are, a whole amount as a decimal string", () => {
    const action = compilePolicy(needsAmount).action("withdraw");
    expect(action?.parseCustom({ amount: "10.50", items: 3, express: false, payee: "bob" })).toEqual({
      amount: "10.50",
      items: 3,
      express: false,
      payee: "bob",
    });
    expect(action?.parseCustom({ amount: 10 })).toEqual({ amount: "10" });
  });

  test("are an error when a rule needs one that is missing", () => {
    expect(inputMistakes({})).toEqual([{ path: "custom.amount", message: "is missing" }]);
    expect(inputMistakes(undefined)).toEqual([{ path: "custom.amount", message: "is missing" }]);
  });

  test("may be missing when no active rule names them, or when they are optional", () => {
    expect(inputMistakes({}, policyWith([]))).toEqual([]);
    expect(inputMistakes({}, policyWith([rule({ ">": [{ var: "custom.amount" }, 5] }, { isActive: false })]))).toEqual(
      [],
    );
    const dataPoints = [{ name: "amount", type: "decimal", optional: true }];
    expect(inputMistakes({}, { ...needsAmount, dataPoints })).toEqual([]);
  });

  test("are an error when mistyped, needed or not, and every mistake is told without its value", () => {
    const secret = "4111 1111 1111 1111";
    const mistakes = inputMistakes({ amount: secret, items: secret, express: secret, payee: 42, currency: null });
    expect(mistakes.map(({ path }) => path).sort()).toEqual([
      "custom.amount",
      "custom.currency",
      "custom.express",
      "custom.items",
      "custom.payee",
    ]);
    expect(JSON.stringify(mistakes)).not.toContain("4111");
  });

  test.each([
    0.1,
    Number.NaN,
    2 ** 53,
    "1e3",
    "1,000",
    "+1",
    ".5",
    "5.",
    "01",
    "0x1",
    " 1",
    "1 ",
    "",
    true,
    ["1"],
    {},
    "1".repeat(31),
  ])("an amount of %j is mistyped", (amount) => {
    expect(inputMistakes({ amount }).map(({ path }) => path)).toEqual(["custom.amount"]);
  });

  test.each([null, [], "text", 1])("%j is no custom data", (custom) => {
    expect(inputMistakes(custom)).toEqual([{ path: "custom", message: "is not an object" }]);
  });

  test("cannot pose as what is kept with the user", () => {
    const policy = compilePolicy(policyWith([rule({ var: "custom.vip" })]));
    expect(policy.action("withdraw")?.parseCustom({ vip: true })).toEqual({});
    expect(policy.parseUserCustom({ vip: true, payee: "bob" })).toEqual({ vip: true });
    expect(policy.parseUserCustom({})).toEqual({});
    expect(() => policy.parseUserCustom({ vip: "yes" })).toThrow(PolicyInputError);
  });

  test("the error is one of the client's", () => {
    expect(() => compilePolicy(needsAmount).action("withdraw")?.parseCustom({})).toThrow(
      expect.objectContaining({ code: "request_unresolvable", status: 400 }),
    );
  });
});
