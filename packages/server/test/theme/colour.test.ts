import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Colour, contrastOf, hexOf, mix, parseColour } from "../../src/theme/colour.ts";
import { createPalette, findFaintPair, nearestReadable, type Scheme } from "../../src/theme/palette.ts";

const part = fc.nat({ max: 255 });
const colours: fc.Arbitrary<Colour> = fc.tuple(part, part, part);
const schemes: fc.Arbitrary<Scheme> = fc.constantFrom("light", "dark");

describe("a colour", () => {
  it.each([
    ["#06c", "#0066cc"],
    ["#0066CC", "#0066cc"],
  ])("is read from %s", (text, hex) => {
    expect(hexOf(parseColour(text)!)).toBe(hex);
  });

  it.each(["", "06c", "#06", "#06cf", "#0066cc80", "#0066c", " #06c", "#06c\n", "red", "rgb(0,0,0)", "#ggg", 0x66cc])(
    "is not read from %j",
    (value) => {
      expect(parseColour(value)).toBeUndefined();
    },
  );

  it("is the same after it was written and read", () => {
    fc.assert(
      fc.property(colours, (colour) => {
        expect(parseColour(hexOf(colour))).toEqual(colour);
      }),
    );
  });

  // Figures of the WCAG's own and of other implementations.
  it.each([
    ["#ffffff", "#000000", 21],
    ["#777777", "#ffffff", 4.48],
    ["#767676", "#ffffff", 4.54],
    ["#0000ff", "#ffffff", 8.59],
    ["#ff0000", "#ffffff", 4],
    ["#0066cc", "#181b22", 3.1],
    ["#ffffff", "#ffffff", 1],
  ])("%s and %s have a contrast of %d", (one, other, ratio) => {
    const [first, second] = [parseColour(one)!, parseColour(other)!];
    expect(contrastOf(first, second)).toBeCloseTo(ratio, 1);
    expect(contrastOf(second, first)).toBe(contrastOf(first, second));
  });

  it("stays itself where it can be read, and becomes the first shade of it that can where not", () => {
    fc.assert(
      fc.property(colours, schemes, (colour, scheme) => {
        const shade = nearestReadable(colour, scheme);
        expect(findFaintPair(createPalette(shade, scheme))).toBeUndefined();
        if (findFaintPair(createPalette(colour, scheme)) === undefined) expect(shade).toEqual(colour);
      }),
    );
  });

  it("is nearer to the one that has the larger share", () => {
    expect(mix([0, 0, 0], [200, 100, 50], 0.25)).toEqual([50, 25, 13]);
  });
});
