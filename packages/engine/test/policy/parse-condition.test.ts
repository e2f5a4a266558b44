import { describe, expect, test } from "vitest";
import { conditionMistakes, mistakesOf, policyWith, rule } from "./fixtures.ts";

const items = { var: "custom.items" };

describe("a condition that is refused, and where", () => {
  test.each([
    [{ "==": [{ var: "ip.isAnonimous" }, true] }, '["=="][0].var', "ip.isAnonymous"],
    [{ "==": [{ var: "custom.amout" }, "1"] }, '["=="][0].var', "custom.amount"],
    [{ "==": [{ var: "ip.country" }, "NZ"] }, '["=="][0].var', "ip.countryCode"],
    [{ ">": [{ var: "velocity.withdrawal" }, 3] }, '[">"][0].var', "velocity.withdrawals"],
    [{ in: [{ var: "custom.payee" }, { var: "lists.payee" }] }, ".in[1].var", "lists.payees"],
    [{ in: [{ var: "custom.payee" }, { var: "custom.payee" }] }, ".in[1].var", undefined],
    [{ "==": [{ var: "lists.payees" }, "a"] }, '["=="][0].var', undefined],
    [{ startWith: [{ var: "custom.payee" }, "a"] }, ".startWith", "startsWith"],
    [{ IN: [{ var: "custom.payee" }, ["a"]] }, ".IN", "in"],
    [{ regex: [{ var: "custom.payee" }, "(a+)+$"] }, ".regex", undefined],
    [{ constructor: [items, 1] }, ".constructor", undefined],
    [{ "==": [items, "3"] }, '["=="][1]', "3"],
    [{ "==": [{ var: "custom.currency" }, 978] }, '["=="][1]', '"978"'],
    [{ "==": [{ var: "ip.isAnonymous" }, "true"] }, '["=="][1]', "true"],
    [{ "==": [{ var: "ip.isAnonymous" }, 1] }, '["=="][1]', undefined],
    [{ "==": [items, null] }, '["=="][1]', undefined],
    [{ ">": [{ var: "custom.amount" }, "1e3"] }, '[">"][1]', undefined],
    [{ ">": [{ var: "custom.amount" }, 0.1234567890123456] }, '[">"][1]', undefined],
    [{ ">": [{ var: "custom.currency" }, "A"] }, '[">"][0]', undefined],
    [{ "<": [{ var: "custom.express" }, true] }, '["<"][0]', undefined],
    [{ "==": [{ var: "custom.amount" }, items] }, '["=="][1]', undefined],
    [{ "==": [1, 1] }, '["=="]', undefined],
    [{ "==": [items] }, '["=="]', undefined],
    [{ "==": [items, 1, 2] }, '["=="]', undefined],
    [{ ">": [1, items, 2] }, '[">"]', undefined],
    [{ "==": items }, '["=="]', undefined],
    [{ "==": [{ and: [true] }, true] }, '["=="]', undefined],
    [{ "==": [{ var: ["custom.items", 0] }, 1] }, '["=="][0].var', undefined],
    [{ "==": [{ var: "custom.items", extra: 1 }, 1] }, '["=="][0].extra', undefined],
    [{ var: "" }, ".var", undefined],
    [{ var: 1 }, ".var", undefined],
    [{ var: "custom.items" }, "", undefined],
    [{ "!!": { var: "custom.payee" } }, '["!!"]', undefined],
    [{ "!": [] }, '["!"]', undefined],
    [{ "!": [true, false] }, '["!"]', undefined],
    [{ and: [] }, ".and", undefined],
    [{ or: { var: "custom.express" } }, ".or", undefined],
    [{ and: [true], or: [true] }, ".or", undefined],
    [{}, "", undefined],
    ["custom.items > 3", "", undefined],
    [null, "", undefined],
    [[true], "", undefined],
    [{ in: [{ var: "custom.express" }, [true]] }, ".in[0]", undefined],
    [{ in: ["a", ["a"]] }, ".in[0]", undefined],
    [{ in: [{ var: "custom.payee" }, "mallory"] }, ".in[1]", undefined],
    [{ in: ["llo", { var: "custom.payee" }] }, ".in[0]", undefined],
    [{ in: [{ var: "custom.payee" }, ["a", 1]] }, ".in[1][1]", '"1"'],
    [{ in: [{ var: "custom.payee" }, { var: "lists.sizes" }] }, ".in[1]", '"1"'],
    [{ in: [{ var: "ip.address" }, ["10.0.0.0/8"]] }, ".in[1][0]", undefined],
    [{ inCidr: [{ var: "custom.payee" }, ["10.0.0.0/8"]] }, ".inCidr[0]", undefined],
    [{ inCidr: [{ var: "ip.address" }, ["10.0.0.1/8"]] }, ".inCidr[1][0]", undefined],
    [{ inCidr: [{ var: "ip.address" }, ["10.0.0.0/33"]] }, ".inCidr[1][0]", undefined],
    [{ inCidr: [{ var: "ip.address" }, ["10.0.0.0/08"]] }, ".inCidr[1][0]", undefined],
    [{ inCidr: [{ var: "ip.address" }, ["127.1/8"]] }, ".inCidr[1][0]", undefined],
    [{ inCidr: [{ var: "ip.address" }, [""]] }, ".inCidr[1][0]", undefined],
    [{ startsWith: [{ var: "custom.payee" }, ""] }, ".startsWith[1]", undefined],
    [{ endsWith: [{ var: "custom.payee" }, ["a", 1]] }, ".endsWith[1][1]", undefined],
    [{ "=": [{ var: "custom.payee" }, "a"] }, '["="]', "=="],
    [{ "=>": [{ var: "custom.amount" }, "1"] }, '["=>"]', ">="],
    [{ "&&": [true, true] }, '["&&"]', "and"],
  ])("%j at %s", (conditions, path, suggestion) => {
    const mistakes = conditionMistakes(conditions);
    expect(mistakes.map((mistake) => mistake.path)).toContain(path);
    expect(mistakes.find((mistake) => mistake.path === path)?.suggestion).toBe(suggestion);
  });

  test("every one of several is told", () => {
    const conditions = { and: [{ nope: [] }, { or: [{ "==": [{ var: "a.b" }, 1] }, { "<": [items, "x"] }] }] };
    expect(conditionMistakes(conditions).map(({ path }) => path)).toEqual([
      ".and[0].nope",
      '.and[1].or[0]["=="][0].var',
      '.and[1].or[1]["<"][1]',
    ]);
  });

  test("an inactive rule is read all the same", () => {
    const [mistake] = mistakesOf(policyWith([rule({ nope: 1 }, { isActive: false })]));
    expect(mistake?.path).toBe("actions.withdraw.rules[0].conditions.nope");
  });
});
