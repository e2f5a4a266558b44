import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicy, PolicyError } from "../../src/policy.ts";
import { decide, mistakesOf, policyWith, rule, truth } from "./fixtures.ts";

const POLLUTERS = ["__proto__", "constructor", "prototype"] as const;
const INHERITED = [...POLLUTERS, "toString", "hasOwnProperty", "valueOf", "__defineGetter__"] as const;

describe("T40: names that mean something to JavaScript", () => {
  const policy = compilePolicy(policyWith([rule(true)]));

  test.each(INHERITED)("an action called %s is unknown", (code) => {
    expect(policy.action(code)).toBeUndefined();
  });

  test.each(POLLUTERS)("%s cannot be declared", (name) => {
    const json = (text: string): unknown => JSON.parse(text.replaceAll("NAME", name));
    expect(mistakesOf(json('{"actions":{"NAME":{"defaultOutcome":"ALLOW"}}}')).map(({ path }) => path)).toEqual([
      `actions.${name}`,
    ]);
    expect(mistakesOf(json('{"actions":{},"lists":{"NAME":["a"]}}')).map(({ path }) => path)).toEqual([
      `lists.${name}`,
    ]);
    expect(mistakesOf(json('{"actions":{},"dataPoints":[{"name":"NAME","type":"text"}]}')).length).toBe(1);
    const templates =
      '{"actions":{"a":{"defaultOutcome":"ALLOW","messagingTemplates":{"NAME":{"defaultTemplate":""}}}}}';
    expect(mistakesOf(json(templates)).map(({ path }) => path)).toEqual([`actions.a.messagingTemplates.${name}`]);
  });

  test.each(INHERITED)("an action called %s that is declared or not, is nothing but that", (code) => {
    const text = `actions:\n  ${code}: { defaultOutcome: BLOCK }\n  other: { defaultOutcome: ALLOW }`;
    const refused = POLLUTERS.some((name) => name === code);
    if (refused) expect(() => compilePolicy(text)).toThrow(PolicyError);
    else expect(compilePolicy(text).action(code)?.defaultOutcome).toBe("BLOCK");
  });

  test.each(INHERITED)("%s is no member, operator or variable", (name) => {
    expect(mistakesOf(JSON.parse(`{"actions":{},"${name}":{"x":1}}`)).map(({ path }) => path)).toEqual([name]);
    expect(mistakesOf(policyWith([rule(JSON.parse(`{"${name}":[1,1]}`))]))).toHaveLength(1);
    expect(mistakesOf(policyWith([rule({ "==": [{ var: `custom.${name}` }, "x"] })]))).toHaveLength(1);
    expect(mistakesOf(policyWith([rule({ in: [{ var: "custom.payee" }, { var: `lists.${name}` }] })]))).toHaveLength(1);
  });

  test("a prototype of the source is not read", () => {
    const inherited: unknown = Object.create({ actions: { pay: { defaultOutcome: "ALLOW" } } });
    expect(mistakesOf(inherited)).toHaveLength(1);
  });

  test("custom data with any keys leaves objects alone and keeps only what is declared", () => {
    const action = policy.action("withdraw");
    const keys = fc.oneof(fc.constantFrom(...INHERITED, "payee"), fc.string());
    fc.assert(
      fc.property(fc.dictionary(keys, fc.constantFrom("x", "y")), (drawn) => {
        const custom: unknown = JSON.parse(JSON.stringify(drawn));
        const facts = action?.parseCustom(custom);
        expect(Object.keys(facts ?? {})).toEqual(Object.hasOwn(drawn, "payee") ? ["payee"] : []);
        for (const name of [...INHERITED, ...Object.keys(drawn)]) {
          expect(facts?.[name]).toBe(name === "payee" ? drawn["payee"] : undefined);
        }
        expect(({} as { x?: unknown }).x).toBeUndefined();
      }),
    );
  });
});

describe("T49: conditions meant to hurt", () => {
  /** The best of a few, as the machine has other things to do. */
  function millisecondsTo(act: () => unknown): number {
    const times = Array.from({ length: 5 }, () => {
      // Of this process only: another one may have the machine meanwhile.
      const before = process.cpuUsage();
      act();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    });
    return Math.min(...times);
  }

  function nested(depth: number): string {
    return `${'{"!":['.repeat(depth)}true${"]}".repeat(depth)}`;
  }

  function withConditions(json: string): string {
    const policy = JSON.stringify(policyWith([rule("CONDITIONS")]));
    return policy.replace('"CONDITIONS"', json);
  }

  test("64 operators deep is read, 65 is refused", () => {
    expect(truth(JSON.parse(nested(64)))).toBe(true);
    expect(mistakesOf(withConditions(nested(65))).map(({ message }) => message)).toEqual([
      "is nested more than 64 operators deep",
    ]);
  });

  test("10,000 operators deep is refused at once, as an object and as text", () => {
    const deep = withConditions(nested(10_000));
    const source: unknown = JSON.parse(deep);
    expect(millisecondsTo(() => expect(mistakesOf(source)).toHaveLength(1))).toBeLessThan(50);
    expect(millisecondsTo(() => expect(mistakesOf(deep)).toHaveLength(1))).toBeLessThan(50);
  });

  test("10,000 levels of YAML are refused", () => {
    expect(mistakesOf(`actions: ${"[".repeat(10_000)}${"]".repeat(10_000)}`)).toHaveLength(1);
    expect(
      mistakesOf(`actions:\n${Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}- a:`).join("\n")}`).length,
    ).toBeGreaterThan(0);
  });

  test("YAML that expands without end is refused", () => {
    const lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 10; i++) lines.push(`l${i}: &l${i} [${`*l${i - 1}, `.repeat(10)}]`);
    expect(mistakesOf(lines.join("\n")).length).toBeGreaterThan(0);
  });

  test("an object that holds itself, or the same object without end, is refused", () => {
    const cyclic: Record<string, unknown> = { and: [] };
    (cyclic["and"] as unknown[]).push(cyclic);
    expect(mistakesOf(policyWith([rule(cyclic)])).map(({ message }) => message)).toEqual(["holds itself"]);

    let shared: unknown = true;
    for (let i = 0; i < 60; i++) shared = { and: [shared, shared] };
    expect(mistakesOf(policyWith([rule(shared)])).map(({ message }) => message)).toEqual([
      "has more than 500000 values",
    ]);
  });

  test("a rule of 50 KB is read and decided within 50 ms", () => {
    const payees = Array.from({ length: 4_000 }, (_, i) => `some-payee-${i}`);
    const wide = { in: [{ var: "custom.payee" }, payees] };
    const long = {
      or: Array.from({ length: 1_000 }, (_, i) => ({ "==": [{ var: "custom.payee" }, `some-payee-${i}`] })),
    };
    for (const conditions of [wide, long]) {
      const policy = policyWith([rule(conditions)]);
      expect(JSON.stringify(conditions).length).toBeGreaterThan(45_000);
      expect(millisecondsTo(() => decide(policy, { "custom.payee": "payee-none" }))).toBeLessThan(50);
    }
  });

  test("a rule of more than 10,000 values is refused", () => {
    const conditions = { in: [{ var: "custom.items" }, Array.from({ length: 200_000 }, (_, i) => i)] };
    expect(mistakesOf(policyWith([rule(conditions)])).map(({ path }) => path)).toEqual([
      "actions.withdraw.rules[0].conditions",
    ]);
  });

  test("a text of more than 4,000,000 characters is refused unread", () => {
    expect(mistakesOf(`{${" ".repeat(4_000_000)}}`)).toEqual([
      { path: "", message: "is longer than 4000000 characters" },
    ]);
  });

  test("a text full of mistakes is refused with the first 1,000 of them", () => {
    const text = `{${Array.from({ length: 100_000 }, () => '"a":1').join(",\n")}}`;
    expect(mistakesOf(text)).toHaveLength(1_001);
    expect(mistakesOf(text)[0]?.message).toBe('the member "a" is written twice in one object, in line 2');
  });

  test("there are no regular expressions, and a text that looks like one is a text", () => {
    expect(mistakesOf(policyWith([rule({ match: [{ var: "custom.payee" }, "(a+)+$"] })]))).toHaveLength(1);
    const conditions = { endsWith: [{ var: "custom.payee" }, "(a+)+$"] };
    expect(truth(conditions, { "custom.payee": "a".repeat(50_000) })).toBe(false);
  });

  test("there is no code in rules", () => {
    for (const operator of ["eval", "function", "method", "map", "reduce", "log", "if", "cat"]) {
      expect(mistakesOf(policyWith([rule({ [operator]: ["process.exit()"] })]))).toHaveLength(1);
    }
  });

  test("any JSON as conditions compiles or is refused, and nothing else happens", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (conditions) => {
        expect(Array.isArray(mistakesOf(policyWith([rule(conditions)])))).toBe(true);
      }),
    );
  });

  test("any text as a policy compiles or is refused, and nothing else happens", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json(),
          fc.string().map((s) => `{${s}`),
        ),
        (text) => {
          expect(Array.isArray(mistakesOf(text))).toBe(true);
        },
      ),
    );
  });
});
