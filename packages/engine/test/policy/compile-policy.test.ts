import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { definePolicy } from "../../src/index.ts";
import { compilePolicy, PolicyError } from "../../src/policy.ts";
import { mistakesOf, policyWith, rule } from "./fixtures.ts";

const minimal = { actions: { "sign-in": { defaultOutcome: "CHALLENGE" } } };

describe("a policy", () => {
  test("is read from an object, JSON and YAML alike", () => {
    const policy = policyWith([rule({ "==": [{ var: "custom.currency" }, "EUR"] })]);
    const versions = [policy, JSON.stringify(policy), stringify(policy), `\uFEFF${stringify(policy)}`].map(
      (source) => compilePolicy(source).version,
    );
    expect(new Set(versions).size).toBe(1);
    expect(versions[0]).toMatch(/^[\w-]{43}$/);
  });

  test("has a version that follows its content and not the order of its members", () => {
    const { actions, ...rest } = policyWith([rule(true)]);
    const version = compilePolicy({ actions, ...rest }).version;
    expect(compilePolicy({ ...rest, actions }).version).toBe(version);
    expect(compilePolicy(policyWith([rule(false)])).version).not.toBe(version);
  });

  test("refuses unknown actions unless it says otherwise", () => {
    expect(compilePolicy(minimal).unknownActions).toBe("refuse");
    expect(compilePolicy({ ...minimal, unknownActions: "REVIEW" }).unknownActions).toBe("REVIEW");
  });

  test("knows its actions by their exact code", () => {
    const policy = compilePolicy(minimal);
    expect(policy.actionCodes).toEqual(["sign-in"]);
    expect(policy.action("sign-in")?.defaultOutcome).toBe("CHALLENGE");
    for (const code of ["Sign-in", "sign-in ", "sign", "", "toString"]) expect(policy.action(code)).toBeUndefined();
  });

  test("is not changed by what is done to its source later", () => {
    const rules = [rule(false)];
    const policy = compilePolicy(policyWith(rules));
    rules[0] = rule(true);
    expect(policy.action("withdraw")?.decide(() => undefined).matched).toEqual([]);
  });

  test("keeps the texts of the challenge page", () => {
    const messagingTemplates = { en: { defaultTemplate: "Pay {{action.amount}} to {{action.payee}}" } };
    const policy = compilePolicy({ actions: { pay: { defaultOutcome: "ALLOW", messagingTemplates } } });
    expect(policy.action("pay")?.messagingTemplates?.get("en")).toEqual(messagingTemplates.en);
  });

  test("in TypeScript is returned as it was written", () => {
    const policy = definePolicy({ actions: { pay: { defaultOutcome: "ALLOW" } } });
    expect(compilePolicy(policy).actionCodes).toEqual(["pay"]);
  });

  test("in YAML reads NO as a text, and an anchor as what it stands for", () => {
    const policy = compilePolicy(`
      dataPoints: [{ name: country, type: text }]
      actions:
        pay:
          defaultOutcome: ALLOW
          verificationMethods: &strong [PASSKEY]
          rules:
            - ruleId: r1
              name: Norway
              priority: 1
              type: CHALLENGE
              verificationMethods: *strong
              conditions: { in: [{ var: custom.country }, [NO, SE]] }
    `);
    const decision = policy.action("pay")?.decide(() => "NO");
    expect(decision).toMatchObject({ outcome: "CHALLENGE", verificationMethods: ["PASSKEY"] });
  });
});

describe("mistakes", () => {
  test("are all told at once, each with its path and what was probably meant", () => {
    expect(
      mistakesOf({
        action: {},
        unknownActions: "reject",
        dataPoints: [
          { name: "amount", type: "money" },
          { name: "payee", type: "text", optinal: true },
          { type: "text" },
        ],
        counters: [
          { name: "c1", kind: "count", by: "user", window: "24 hours", actions: ["withdraw"] },
          { name: "c2", kind: "count", by: "user", window: "1h", actions: ["withdrw"] },
        ],
        lists: { "a b": ["x"], mixed: ["x", 1] },
        actions: {
          withdraw: {
            defaultOutcome: "CHALENGE",
            verificationMethods: [],
            rules: [
              { ruleId: "a b", name: "", priority: -1, type: "BLOCK", conditions: true },
              { ...rule(true), priorty: 2 },
              { name: "no id", type: "ALLOW", priority: 1.5 },
              rule({ "==": [{ var: "user.mail" }, "x"] }),
            ],
          },
          "bad code": { defaultOutcome: "ALLOW", rule: [] },
          none: null,
        },
      }),
    ).toEqual([
      { path: "action", message: "is not known here", suggestion: "actions" },
      { path: "unknownActions", message: 'is "reject", not one of refuse, ALLOW, CHALLENGE, REVIEW, BLOCK' },
      {
        path: "actions.withdraw.defaultOutcome",
        message: 'is "CHALENGE", not one of ALLOW, CHALLENGE, REVIEW, BLOCK',
        suggestion: "CHALLENGE",
      },
      { path: "actions.withdraw.verificationMethods", message: "is empty: leave it out to accept all" },
      { path: "actions.withdraw.rules[0].ruleId", message: expect.stringContaining("is not a name") },
      { path: "actions.withdraw.rules[0].name", message: "is empty" },
      { path: "actions.withdraw.rules[0].priority", message: "is below 0" },
      { path: "actions.withdraw.rules[1].priorty", message: "is not known here", suggestion: "priority" },
      { path: "actions.withdraw.rules[2].ruleId", message: "is missing" },
      { path: "actions.withdraw.rules[2].priority", message: "is not an integer" },
      { path: "actions.withdraw.rules[2].conditions", message: "is missing" },
      { path: 'actions["bad code"]', message: expect.stringContaining("is not a name") },
      { path: 'actions["bad code"].rule', message: "is not known here", suggestion: "rules" },
      { path: "actions.none", message: "is null, not an object" },
      { path: 'lists["a b"]', message: expect.stringContaining("is not a name") },
      { path: "lists.mixed", message: "is not an array of texts only, or of numbers only" },
      { path: "dataPoints[0].type", message: 'is "money", not one of text, number, boolean, decimal' },
      { path: "dataPoints[1].optinal", message: "is not known here", suggestion: "optional" },
      { path: "dataPoints[2].name", message: "is missing" },
      { path: "counters[0].window", message: "is not a number and s, m, h or d, such as 24h" },
      { path: "counters[1].actions[0]", message: "is not an action of this policy", suggestion: "withdraw" },
      {
        path: 'actions.withdraw.rules[3].conditions["=="][0].var',
        message: '"user.mail" is not a variable of this policy',
        suggestion: "user.email",
      },
    ]);
  });

  test.each([
    ["two rules of one id", { rules: [rule(true), rule(true, { priority: 2 })] }, "rules[1].ruleId"],
    ["two rules of one priority", { rules: [rule(true), rule(true, { ruleId: "r2" })] }, "rules[1].priority"],
    [
      "a default method that is not accepted",
      { verificationMethods: ["PASSKEY"], defaultVerificationMethod: "EMAIL_OTP" },
      "defaultVerificationMethod",
    ],
    [
      "a rule's default method that is not accepted",
      { verificationMethods: ["PASSKEY"], rules: [rule(true, { defaultVerificationMethod: "EMAIL_OTP" })] },
      "rules[0].defaultVerificationMethod",
    ],
  ])("%s", (_what, action, path) => {
    const mistakes = mistakesOf({ actions: { pay: { defaultOutcome: "ALLOW", ...action } } });
    expect(mistakes.map((mistake) => mistake.path)).toEqual([`actions.pay.${path}`]);
  });

  test.each([
    [{ field: "amount" }, "counters[0].field"],
    [{ kind: "sum" }, "counters[0].field"],
    [{ kind: "sum", field: "amout" }, "counters[0].field"],
    [{ kind: "sum", field: "payee" }, "counters[0].field"],
    [{ kind: "sum", field: "age" }, "counters[0].field"],
    [{ window: "91d" }, "counters[0].window"],
    [{ window: "0h" }, "counters[0].window"],
    [{ actions: [] }, "counters[0].actions"],
  ])("a counter with %j", (changes, path) => {
    const counter = { name: "c", kind: "count", by: "ip", window: "1h", actions: ["pay"], ...changes };
    const mistakes = mistakesOf({
      dataPoints: [
        { name: "amount", type: "decimal" },
        { name: "payee", type: "text" },
        { name: "age", type: "number", model: "user" },
      ],
      counters: [counter],
      actions: { pay: { defaultOutcome: "ALLOW" } },
    });
    expect(mistakes.map((mistake) => mistake.path)).toEqual([path]);
  });

  test("names declared twice", () => {
    const dataPoint = { name: "amount", type: "decimal" };
    expect(mistakesOf({ ...minimal, dataPoints: [dataPoint, dataPoint] })).toEqual([
      { path: "dataPoints[1].name", message: "is declared twice: amount" },
    ]);
  });

  test.each([
    [
      "a member written twice in JSON",
      '{"actions":{"a":{"defaultOutcome":"BLOCK"},"\\u0061":{"defaultOutcome":"ALLOW"}}}',
    ],
    ["a member written twice in YAML", "actions:\n  a: { defaultOutcome: BLOCK }\n  a: { defaultOutcome: ALLOW }"],
    [
      "a number and the same text as members",
      'actions:\n  1: { defaultOutcome: BLOCK }\n  "1": { defaultOutcome: ALLOW }',
    ],
    ["true and the same text", 'actions:\n  true: { defaultOutcome: BLOCK }\n  "true": { defaultOutcome: ALLOW }'],
    ["two spellings of a number", "actions:\n  16: { defaultOutcome: BLOCK }\n  0x10: { defaultOutcome: ALLOW }"],
    ["an alias as a member", "actions:\n  &a pay: { defaultOutcome: BLOCK }\n  *a : { defaultOutcome: ALLOW }"],
    ["broken YAML", "actions: ["],
    ["an unknown tag", "actions: !!js/function x"],
    ["two documents", "actions: {}\n---\nactions: {}"],
    ["the name of a file", "./policy.yaml"],
    ["an empty text", ""],
    ["nothing", undefined],
    ["an array", []],
    ["a function", () => minimal],
    ["an instance of a class", new Map()],
    ["a number that JSON has not", { ...minimal, lists: { a: [Number.NaN] } }],
  ])("%s", (_what, source) => {
    expect(mistakesOf(source).length).toBeGreaterThan(0);
  });

  test("the same name in two objects, or as a text, is none", () => {
    expect(
      mistakesOf('{"actions":{"a":{"defaultOutcome":"ALLOW"},"b":{"defaultOutcome":"ALLOW"}},"lists":{"c":["a","a"]}}'),
    ).toEqual([]);
  });

  test("are all in the message of one error", () => {
    expect(() => compilePolicy({ action: {} })).toThrow(PolicyError);
    expect(() => compilePolicy({ action: {} })).toThrow(
      "configuration_invalid: policy: action: is not known here; did you mean actions?\nactions: is missing",
    );
  });
});
