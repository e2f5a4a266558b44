import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lengthPrefixed } from "../src/options.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 1_000);

describe("length-prefixed parts", () => {
  it("are each preceded by their length in bytes", () => {
    expect(lengthPrefixed(["ab", "é", new Uint8Array([255])]).toString("hex")).toBe(
      ["00000002", "6162", "00000002", "c3a9", "00000001", "ff"].join(""),
    );
  });

  it("of no part are no bytes", () => expect(lengthPrefixed([]).length).toBe(0));

  it('T41: tell ["ab", "c"] from ["a", "bc"]', () => {
    expect(lengthPrefixed(["ab", "c"])).not.toEqual(lengthPrefixed(["a", "bc"]));
  });

  it(`T41: are equal only for equal lists, ${RUNS} times`, () => {
    // Few letters, so that lists often have the same text when joined.
    const list = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\u0000", "é"), maxLength: 3 }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(list, list, (one, two) => {
        const areEqual = lengthPrefixed(one).equals(lengthPrefixed(two));
        return areEqual === (JSON.stringify(one) === JSON.stringify(two));
      }),
      { numRuns: RUNS },
    );
  });
});
