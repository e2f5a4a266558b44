import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OPERATORS } from "../../src/policy/conditions/parse-condition.ts";
import { mistakesOf, policyWith, rule } from "./fixtures.ts";
import { operatorSchemas, policyJsonSchema } from "./policy-json-schema.ts";

const published: unknown = JSON.parse(readFileSync(new URL("../../policy.schema.json", import.meta.url), "utf8"));
const accepts = new Ajv({ strict: false }).compile(policyJsonSchema());

test("the published schema is the one that the parser's own schemas make", () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});

test("it knows the operators that the parser knows", () => {
  expect(Object.keys(operatorSchemas).sort()).toEqual([...OPERATORS].sort());
});

const full = policyWith(
  [
    rule({
      and: [
        { "==": [{ var: "custom.payee" }, "bob"] },
        { "!=": ["eve", { var: ["custom.payee"] }] },
        { or: [{ ">": [{ var: "custom.amount" }, "10.00"] }, { "<": [1, { var: "custom.items" }, 3] }] },
        { "!": [{ in: [{ var: "custom.payee" }, { var: "lists.payees" }] }] },
        { "!!": { var: "device.isNew" } },
        { inCidr: [{ var: "ip.address" }, ["10.0.0.0/8"]] },
        { startsWith: [{ var: "user.email" }, "a"] },
        { endsWith: [{ var: "user.email" }, ["@a.example", "@b.example"]] },
        { ">=": [{ var: "velocity.withdrawals" }, 3] },
        true,
      ],
    }),
    rule(
      { var: "ip.isAnonymous" },
      {
        ruleId: "r2",
        priority: 2,
        description: "why",
        isActive: false,
        verificationMethods: ["PASSKEY"],
        defaultVerificationMethod: "PASSKEY",
        promptToEnrollVerificationMethods: ["PASSKEY"],
      },
    ),
  ],
  { unknownActions: "REVIEW", $schema: "./policy.schema.json" },
);

test("both accept a policy that has everything in it", () => {
  expect(mistakesOf(full)).toEqual([]);
  expect(accepts(full)).toBe(true);
});

describe("both refuse", () => {
  test.each<[string, (policy: Mutable) => void]>([
    ["no actions", (policy) => delete policy["actions"]],
    ["an unknown member", (policy) => (policy["rules"] = [])],
    ["an unknown member of a rule", (policy) => (firstRule(policy)["priorty"] = 1)],
    ["a rule without an id", (policy) => delete firstRule(policy)["ruleId"]],
    ["a rule without conditions", (policy) => delete firstRule(policy)["conditions"]],
    ["a priority that is not whole", (policy) => (firstRule(policy)["priority"] = 0.5)],
    ["an unknown outcome", (policy) => (firstRule(policy)["type"] = "DENY")],
    ["an unknown operator", (policy) => (firstRule(policy)["conditions"] = { regex: ["a"] })],
    ["two operators in one object", (policy) => (firstRule(policy)["conditions"] = { and: [true], or: [true] })],
    ["an unknown variable", (policy) => (firstRule(policy)["conditions"] = { var: "ip.country" })],
    ["a default of a variable", (policy) => (firstRule(policy)["conditions"] = { var: ["device.isNew", true] })],
    ["an empty and", (policy) => (firstRule(policy)["conditions"] = { and: [] })],
    ["a comparison of one operand", (policy) => (firstRule(policy)["conditions"] = { "==": [{ var: "user.id" }] })],
    ["a text searched for another", (policy) => (firstRule(policy)["conditions"] = { in: [{ var: "user.id" }, "ab"] })],
    ["an action with a bad code", (policy) => (policy["actions"] = { "a b": { defaultOutcome: "ALLOW" } })],
    ["a mixed list", (policy) => (policy["lists"] = { a: ["x", 1] })],
    [
      "a window without a unit",
      (policy) => (policy["counters"] = [{ name: "c", kind: "count", by: "ip", window: "24", actions: ["withdraw"] }]),
    ],
  ])("%s", (_what, spoil) => {
    const policy = structuredClone(full) as unknown as Mutable;
    spoil(policy);
    expect(mistakesOf(policy).length).toBeGreaterThan(0);
    expect(accepts(policy)).toBe(false);
  });
});

test("what the parser accepts, the schema accepts", () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, true, 1, 0.5, "x", "1h", "REVIEW", "withdraw", [], {}),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.nat(), value, (seed, replacement) => {
      const policy = structuredClone(full) as unknown as Mutable;
      const places = placesIn(policy);
      const place = places[seed % places.length];
      if (place !== undefined) place.container[place.key] = replacement;
      if (mistakesOf(policy).length === 0) expect(accepts(policy)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

type Mutable = Record<string, unknown>;

function firstRule(policy: Mutable): Mutable {
  const { withdraw } = policy["actions"] as { withdraw: { rules: [Mutable] } };
  return withdraw.rules[0];
}

function placesIn(value: unknown): { container: Mutable; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const container = value as Mutable;
  return Object.keys(container).flatMap((key) => [{ container, key }, ...placesIn(container[key])]);
}
