import fc from "fast-check";
import { expect, test } from "vitest";
import type { FactValue } from "../../src/policy.ts";
import { truth } from "./fixtures.ts";

// A model of its own: three truths as numbers, conjunction as minimum, disjunction as maximum, negation as mirror.
const FALSE = 0;
const UNKNOWN = 1;
const TRUE = 2;

interface Modelled {
  readonly conditions: unknown;
  readonly value: (facts: Record<string, FactValue>) => number;
}

function leaf(name: string, condition: (variable: unknown) => unknown, test: (fact: FactValue) => boolean): Modelled {
  return {
    conditions: condition({ var: name }),
    value: (facts) => {
      const fact = facts[name];
      if (fact === undefined) return UNKNOWN;
      return test(fact) ? TRUE : FALSE;
    },
  };
}

const numberLeaf = fc
  .tuple(fc.constantFrom("custom.items", "device.count"), fc.integer({ min: 0, max: 4 }))
  .chain(([name, constant]) =>
    fc.constantFrom(
      leaf(
        name,
        (v) => ({ "==": [v, constant] }),
        (fact) => fact === constant,
      ),
      leaf(
        name,
        (v) => ({ "!=": [v, constant] }),
        (fact) => fact !== constant,
      ),
      leaf(
        name,
        (v) => ({ "<": [v, constant] }),
        (fact) => Number(fact) < constant,
      ),
      leaf(
        name,
        (v) => ({ ">=": [v, constant] }),
        (fact) => Number(fact) >= constant,
      ),
      leaf(
        name,
        (v) => ({ "<=": [constant, v] }),
        (fact) => constant <= Number(fact),
      ),
      leaf(
        name,
        (v) => ({ in: [v, [0, constant]] }),
        (fact) => fact === 0 || fact === constant,
      ),
    ),
  );
const otherLeaf = fc.constantFrom(
  leaf(
    "custom.express",
    (v) => v,
    (fact) => fact === true,
  ),
  leaf(
    "custom.express",
    (v) => ({ "==": [v, false] }),
    (fact) => fact === false,
  ),
  leaf(
    "custom.payee",
    (v) => ({ startsWith: [v, "a"] }),
    (fact) => String(fact).startsWith("a"),
  ),
  leaf(
    "custom.payee",
    (v) => ({ in: [v, { var: "lists.payees" }] }),
    (fact) => fact === "mallory" || fact === "trudy",
  ),
);

const { tree } = fc.letrec<{ tree: Modelled; group: Modelled; not: Modelled }>((tie) => ({
  tree: fc.oneof({ depthSize: "small", withCrossShrink: true }, numberLeaf, otherLeaf, tie("group"), tie("not")),
  group: fc
    .tuple(fc.constantFrom("and", "or"), fc.array(tie("tree"), { minLength: 1, maxLength: 4 }))
    .map(([operator, parts]): Modelled => ({
      conditions: { [operator]: parts.map(({ conditions }) => conditions) },
      value: (facts) =>
        parts.map(({ value }) => value(facts)).reduce((a, b) => (operator === "and" ? Math.min(a, b) : Math.max(a, b))),
    })),
  not: tie("tree").map((part): Modelled => ({
    conditions: { "!": [part.conditions] },
    value: (facts) => TRUE - part.value(facts),
  })),
}));

const someFacts = fc.record(
  {
    "custom.items": fc.integer({ min: 0, max: 4 }),
    "device.count": fc.integer({ min: 0, max: 4 }),
    "custom.express": fc.boolean(),
    "custom.payee": fc.constantFrom("alice", "mallory", "bob"),
  },
  { requiredKeys: [] },
);

function truthNumber(conditions: unknown, facts: Record<string, FactValue>): number {
  const value = truth(conditions, facts);
  return value === undefined ? UNKNOWN : value ? TRUE : FALSE;
}

test("conditions decide as Kleene's logic does", () => {
  fc.assert(
    fc.property(tree, someFacts, ({ conditions, value }, facts) => {
      expect(truthNumber(conditions, facts)).toBe(value(facts));
    }),
    { numRuns: 500 },
  );
});

test("forgetting a fact never makes a rule match, and never makes it certain not to", () => {
  fc.assert(
    fc.property(
      tree,
      someFacts,
      fc.constantFrom("custom.items", "custom.express"),
      ({ conditions }, facts, forgotten) => {
        const known = truthNumber(conditions, facts);
        const { [forgotten]: _, ...rest } = facts as Record<string, FactValue>;
        expect([known, UNKNOWN]).toContain(truthNumber(conditions, rest));
      },
    ),
    { numRuns: 500 },
  );
});

test("a fact of the wrong type counts as forgotten", () => {
  fc.assert(
    fc.property(tree, someFacts, fc.constantFrom("a text", true), ({ conditions, value }, facts, wrong) => {
      const { "custom.items": _, ...rest } = facts;
      expect(truthNumber(conditions, { ...facts, "custom.items": wrong })).toBe(value(rest));
    }),
  );
});
