import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicateNames, findDuplicateName, hasDuplicateName } from "../src/adapter.ts";

/** A JSON value whose objects are lists of members, so that a name may come twice. */
type Node =
  string | number | boolean | null | readonly Node[] | { readonly members: readonly (readonly [string, Node])[] };

const names = fc.oneof(
  fc.constantFrom("a", "b", "", "__proto__", "constructor", "a\\", '"', "amount", "{", ",", "\u2028", "é"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.record({ members: fc.array(fc.tuple(names, tie("node")), { maxLength: 4 }) }),
  ),
}));

/** Writes a text in one of its many spellings; `next` says which. */
function write(value: Node, next: () => number): string {
  const space = (): string => ["", " ", "\n", "\t"][next() % 4]!;
  const text = (plain: string): string =>
    next() % 2 === 0
      ? JSON.stringify(plain)
      : `"${[...Array(plain.length).keys()].map((at) => `\\u${plain.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${space()}${value.map((one) => write(one, next)).join(`${space()},${space()}`)}]`;
  const { members } = value as Exclude<Node, readonly Node[] | string | number | boolean | null>;
  return `{${space()}${members.map(([name, one]) => `${text(name)}${space()}:${space()}${write(one, next)}`).join(",")}${space()}}`;
}

function hasDuplicate(value: Node): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasDuplicate);
  const { members } = value as Exclude<Node, readonly Node[] | string | number | boolean | null>;
  return (
    members.some(([name], at) => members.findIndex(([other]) => other === name) < at) ||
    members.some(([, one]) => hasDuplicate(one))
  );
}

describe("T56: findDuplicateName, and hasDuplicateName", () => {
  it("agrees with a naive reader on every text, however it is spelled", () => {
    fc.assert(
      fc.property(node, fc.infiniteStream(fc.nat()), (value, stream) => {
        const text = write(value, () => stream.next().value);
        const parsed: unknown = JSON.parse(text);
        expect(findDuplicateName(text) !== undefined, text).toBe(hasDuplicate(value));
        expect(hasDuplicateName(text, parsed), text).toBe(hasDuplicate(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"amount":"1000","amount":"1"}', '"amount"'],
    ['{"amount":"1000","\\u0061mount":"1"}', '"\\u0061mount"'],
    ['{"a":{"b":1,"b":1}}', '"b"'],
    ['[[{"x":[]}],{"x":{},"y":0,"x":"y"}]', '"x"'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__"'],
    ['{"":1,"":2}', '""'],
    ['{"\\ud83d\\ude00":1,"😀":2}', '"😀"'],
    ['{"\\/":1,"/":2}', '"/"'],
  ])("finds the second one in %s", (json, literal) => {
    expect(findDuplicateName(json)).toEqual({ literal, at: json.lastIndexOf(literal) });
    expect(hasDuplicateName(json, JSON.parse(json))).toBe(true);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":1}}}',
    '{"a":["a","a"]}',
    '"a"',
    "1",
    '{"A":1,"a":2}',
    '{"a":"\\",\\"a\\":"}',
    '{"a\\\\":"b\\\\\\"","c" :"d: e","f":["g:",":"]}',
  ])("finds none in %s", (json) => {
    expect(findDuplicateName(json)).toBeUndefined();
    expect(hasDuplicateName(json, JSON.parse(json))).toBe(false);
  });

  it("finds all, in order, at any depth", () => {
    expect([...duplicateNames('{"a":1,"a":{"b":1,"b":2},"a":3}')].map(({ at }) => at)).toEqual([7, 18, 25]);
    const deep = `${"[".repeat(100_000)}{"a":1,"a":2}${"]".repeat(100_000)}`;
    expect(findDuplicateName(deep)?.at).toBe(100_007);
    expect(hasDuplicateName(deep, JSON.parse(deep))).toBe(true);
  });
});
