import { describe, expect, test } from "vitest";
import { compilePolicy, PolicyInputError, type PolicyMistake } from "../../src/policy.ts";
import { mistakesOf, policyWith, rule } from "./fixtures.ts";

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

describe("C28: what a policy says about the values of a data point", () => {
  const withLimits = (dataPoint: object): unknown => ({
    actions: { withdraw: { defaultOutcome: "ALLOW" } },
    dataPoints: [{ name: "amount", type: "decimal", optional: true, ...dataPoint }],
  });

  test.each<readonly [object, unknown, string]>([
    [{ min: "0" }, "-5", "is less than 0"],
    [{ min: 0 }, "-0.000000000000000001", "is less than 0"],
    [{ min: "0.01" }, "0", "is less than 0.01"],
    [{ max: "1000" }, "1000.01", "is more than 1000"],
    [{ type: "number", min: 1, max: 5 }, 0.5, "is less than 1"],
    [{ type: "number", min: 1, max: 5 }, 6, "is more than 5"],
    [{ type: "text", maxLength: 3 }, "abcd", "is longer than 3 characters"],
    [{ type: "text", oneOf: ["EUR", "NZD"] }, "eur", "is not one of the values that the policy lists"],
    [{ oneOf: ["1.50"] }, "1.51", "is not one of the values that the policy lists"],
    [{ type: "text", format: "email" }, "ann", "is not a mailbox"],
    [{ type: "text", format: "phoneNumber" }, "0171 1234567", "is not a telephone number in E.164"],
    [{ type: "text", format: "ip" }, "127.1", "is not an IP address"],
    [{ type: "text", format: "date" }, "2026-02-30", "is not a date, as 2026-01-31"],
    [{ type: "text", format: "uuid" }, "x", "is not a UUID"],
    [{ type: "text", format: "iban" }, "DE02120300000000202052", "is not an IBAN without spaces"],
    [{ type: "text", format: "iban" }, "DE02 1203 0000 0000 2020 51", "is not an IBAN without spaces"],
    [
      { type: "text", format: "dateTime" },
      "2026-01-31T14:30:00",
      "is not a time with its offset, as 2026-01-31T14:30:00Z",
    ],
    [
      { type: "text", format: "dateTime" },
      "2026-02-30T14:30:00Z",
      "is not a time with its offset, as 2026-01-31T14:30:00Z",
    ],
  ])("%j refuses %j: %s", (limits, amount, message) => {
    expect(inputMistakes({ amount }, withLimits(limits))).toEqual([{ path: "custom.amount", message }]);
  });

  test.each<readonly [object, unknown]>([
    [{ min: "0", max: "1000" }, "0"],
    [{ min: "0", max: "1000" }, "1000.00"],
    [{ min: "0", max: "1000" }, 1000],
    [{ type: "text", maxLength: 3 }, "abc"],
    [{ type: "text", oneOf: ["EUR"] }, "EUR"],
    [{ oneOf: ["1.50"] }, "1.5"],
    [{ type: "text", format: "email" }, "ann@bank.example"],
    [{ type: "text", format: "phoneNumber" }, "+442079460958"],
    [{ type: "text", format: "ip" }, "2001:db8::1"],
    [{ type: "text", format: "date" }, "2024-02-29"],
    [{ type: "text", format: "uuid" }, "a2d9670f-4028-424c-9f0f-1493ed9efc45"],
    [{ type: "text", format: "iban" }, "GB33BUKB20201555555555"],
    [{ type: "text", format: "dateTime" }, "2026-01-31T14:30:00Z"],
    [{ type: "text", format: "dateTime" }, "2026-01-31T14:30:00.123456+05:45"],
    [{ type: "text", format: "masked" }, "4111 1111 1111 1111"],
    [{ min: "0" }, undefined],
  ])("%j takes %j", (limits, amount) => {
    expect(inputMistakes({ amount }, withLimits(limits))).toEqual([]);
  });

  test.each<readonly [object, string]>([
    [{ type: "text", min: 1 }, "dataPoints[0].min"],
    [{ min: "many" }, "dataPoints[0].min"],
    [{ min: "5", max: "1" }, "dataPoints[0].max"],
    [{ maxLength: 3 }, "dataPoints[0].maxLength"],
    [{ type: "text", maxLength: 0 }, "dataPoints[0].maxLength"],
    [{ type: "number", format: "ip" }, "dataPoints[0].format"],
    [{ type: "text", format: "regex" }, "dataPoints[0].format"],
    [{ type: "boolean", oneOf: ["true"] }, "dataPoints[0].oneOf[0]"],
    [{ type: "text", oneOf: [] }, "dataPoints[0].oneOf"],
    [{ type: "text", pattern: "^a+$" }, "dataPoints[0].pattern"],
  ])("%j is a mistake of the policy, at %s", (limits, path) => {
    expect(() => compilePolicy(withLimits(limits))).toThrow(path);
  });
});

describe("what a policy says about how a data point is shown", () => {
  const withPoints = ([dataPoint, ...others]: readonly object[]): unknown => ({
    actions: { withdraw: { defaultOutcome: "ALLOW" } },
    dataPoints: [{ name: "amount", type: "decimal", ...dataPoint }, ...others],
  });
  const currency = { name: "currency", type: "text" };

  test.each<readonly [object, ...object[]]>([
    [{ format: "money", currency: "currency" }, currency],
    [{ type: "number", format: "money", currency: "currency" }, currency],
    [
      { model: "user", format: "money", currency: "currency" },
      { ...currency, model: "user" },
    ],
    [{ label: "Amount" }],
    [{ label: { en: "Amount", pt_BR: "Valor", "zh-Hant": "金額" }, order: -1 }],
  ])("%j is taken", (...dataPoints) => {
    expect(mistakesOf(withPoints(dataPoints))).toEqual([]);
  });

  test.each<readonly [string, PolicyMistake, object, ...object[]]>([
    [
      "money without a currency",
      {
        path: "dataPoints[0].currency",
        message: "is missing: money needs the data point that holds its currency",
      },
      { format: "money" },
    ],
    [
      "a currency that is not declared",
      { path: "dataPoints[0].currency", message: "curency is not a declared data point", suggestion: "currency" },
      { format: "money", currency: "curency" },
      currency,
    ],
    [
      "a currency that is no text",
      { path: "dataPoints[0].currency", message: "amount is a decimal, and a currency is a text" },
      { format: "money", currency: "amount" },
    ],
    [
      "a currency from elsewhere",
      {
        path: "dataPoints[0].currency",
        message: "currency does not come from where amount does: the model of both has to be the same",
      },
      { format: "money", currency: "currency" },
      { ...currency, model: "user" },
    ],
    [
      "a currency of what is no money",
      { path: "dataPoints[0].currency", message: "is for the format money" },
      { currency: "currency" },
      currency,
    ],
    [
      "money that is a text",
      { path: "dataPoints[0].format", message: "is for numbers and decimals, and this is a text" },
      { type: "text", format: "money", currency: "currency" },
      currency,
    ],
    [
      "an IBAN that is a decimal",
      { path: "dataPoints[0].format", message: "is for texts, and this is a decimal" },
      { format: "iban" },
    ],
    [
      "an unknown format",
      {
        path: "dataPoints[0].format",
        message: 'is "ibann", not one of date, dateTime, email, iban, ip, masked, money, phoneNumber, uuid',
        suggestion: "iban",
      },
      { type: "text", format: "ibann" },
    ],
    [
      "a misspelt member",
      { path: "dataPoints[0].lable", message: "is not known here", suggestion: "label" },
      { lable: "Amount" },
    ],
    ["an empty label", { path: "dataPoints[0].label.de", message: "is empty" }, { label: { en: "Amount", de: "" } }],
    [
      "labels without any",
      { path: "dataPoints[0].label", message: "is empty: leave it out, or name a locale" },
      { label: {} },
    ],
    [
      "a label that is a number",
      {
        path: "dataPoints[0].label",
        message: "is neither a text nor texts by locale, of 1 to 256 characters each",
      },
      { label: 5 },
    ],
    [
      "a label of no locale",
      { path: "dataPoints[0].label.e", message: "is not a locale, as en or pt-BR" },
      { label: { e: "Amount" } },
    ],
    ["half an order", { path: "dataPoints[0].order", message: "is not an integer" }, { order: 1.5 }],
  ])("%s is a mistake", (_what, mistake, ...dataPoints) => {
    expect(mistakesOf(withPoints(dataPoints as object[]))).toEqual([mistake]);
  });

  test("a label under a reserved name is a mistake, and not lost in silence", () => {
    const policy = '{"actions":{},"dataPoints":[{"name":"a","type":"text","label":{"en":"A","__proto__":"B"}}]}';
    expect(mistakesOf(policy)).toContainEqual({
      path: "dataPoints[0].label.__proto__",
      message: "is a reserved name",
    });
  });
});
