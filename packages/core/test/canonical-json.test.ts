import { isDeepStrictEqual } from "node:util";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, NotCanonical } from "../src/binding/canonical-json.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 1_000);

/** Whatever JSON.parse can make that can be bound. */
const json = fc.jsonValue({ stringUnit: "grapheme" }).filter(isBindable);

function isBindable(value: unknown): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => key !== "__proto__" && isBindable(member));
}

function nested(depth: number, innermost: unknown = 1): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level++) value = level % 2 ? { a: value } : [value];
  return value;
}

describe("canonical JSON", () => {
  it(`is what another implementation of RFC 8785 writes, ${RUNS} times`, () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!hasNegativeZero(value));
        return canonicalJson(value) === canonicalize(value);
      }),
      { numRuns: RUNS },
    );
  });

  // https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2 and 3.2.3
  it("is that of the examples of RFC 8785", () => {
    const example = {
      // oxlint-disable-next-line no-loss-of-precision -- as in the RFC
      numbers: [333333333.33333329, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(example)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(Object.keys(JSON.parse(canonicalJson(keys)))).toEqual(["1", "\r", "\u0080", "ö", "€", "😀", "\ufb33"]);
  });

  it(`is read back as the very same value, ${RUNS} times`, () => {
    fc.assert(
      fc.property(json, (value) => isDeepStrictEqual(JSON.parse(canonicalJson(value)), value)),
      { numRuns: RUNS },
    );
  });

  it("is one text whatever the order of members", () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}');
  });

  it("keeps the order of lists", () => expect(canonicalJson([2, 1])).toBe("[2,1]"));

  it("of objects without prototype is that of others", () => {
    const bare = Object.assign(Object.create(null), { b: 1, a: "x" });
    expect(canonicalJson(bare)).toBe('{"a":"x","b":1}');
  });

  it("keeps -0 apart from 0", () => expect(canonicalJson([0, -0])).toBe("[0,-0]"));

  it("T40: takes members with the names of an object's own for what they are", () => {
    expect(canonicalJson({ constructor: 1, toString: 2, toJSON: 3, hasOwnProperty: 4 })).toBe(
      '{"constructor":1,"hasOwnProperty":4,"toJSON":3,"toString":2}',
    );
  });

  it.each([
    ["T4: 9007199254740993, which arrives as …992", JSON.parse("9007199254740993")],
    ["T4: an integer beyond all precision", 1e21],
    ["infinity", JSON.parse("1e400")],
    ["NaN", Number.NaN],
    ["a lone high surrogate", JSON.parse('"\\ud800"')],
    ["a lone low surrogate", "a\udc00"],
    ["a lone surrogate in a key", { "\ud800": 1 }],
    ["T40: a __proto__ key", JSON.parse('{"__proto__":{"isAdmin":true}}')],
    ["T40: a __proto__ key deep down", JSON.parse('{"a":[{"__proto__":1}]}')],
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["a bigint", 1n],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a buffer", Buffer.from("a")],
    ["an object of a class", new URL("https://a.example")],
    ["an object with a toJSON of its own", { toJSON: () => "x" }],
    // oxlint-disable-next-line no-sparse-arrays -- as a parser of query strings may make
    ["a hole in a list", [1, , 2]],
    ["65 levels", nested(65)],
    ["T4: 10,000 levels", nested(10_000)],
    ["T4: 10,000 levels of JSON text", JSON.parse("[".repeat(10_000) + "]".repeat(10_000))],
    ["100,001 values", Array.from({ length: 100_000 }, () => 0)],
  ])("there is none for %s", (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(NotCanonical);
    expect(() => canonicalJson({ member: [value] })).toThrow(NotCanonical);
  });

  it("there is none for an object that holds itself", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => canonicalJson(circle)).toThrow(NotCanonical);
  });

  it("there is one for 64 levels, safe integers and fractions", () => {
    expect(canonicalJson(nested(64))).toHaveLength(32 * 2 + 32 * 6 + 1);
    expect(canonicalJson([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1.5, 1e-7])).toBe(
      "[9007199254740991,-9007199254740991,1.5,1e-7]",
    );
  });

  it("there is one for 100,000 values", () => {
    const list = Array.from({ length: 99_999 }, () => 0);
    expect(canonicalJson(list)).toHaveLength(99_999 * 2 + 1);
  });

  it("says what is wrong without quoting it", () => {
    const canary = "canary-4711";
    for (const value of [
      `${canary}\ud800`,
      { [`${canary}\ud800`]: 1 },
      { [canary]: 2 ** 60 },
      { [canary]: new Date() },
    ]) {
      expect(() => canonicalJson(value)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(canary) }),
      );
    }
  });
});

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasNegativeZero);
  return Object.is(value, -0);
}
