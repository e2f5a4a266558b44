import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDecimal, isLess, parseDecimal, readDecimal } from "../../src/policy/model/values.ts";

test("decimals are counted in units of 10⁻¹⁸", () => {
  expect(parseDecimal("1")).toBe(10n ** 18n);
  expect(parseDecimal("-0.000000000000000001")).toBe(-1n);
  expect(parseDecimal("-0")).toBe(0n);
  expect(parseDecimal(12)).toBe(12n * 10n ** 18n);
});

test.each(["1.0000000000000000001", "1".repeat(61), "1.", "--1", "١", "1_000", "Infinity", "1n", null, {}, 1.5, 1n])(
  "%s is not a decimal",
  (value) => {
    expect(parseDecimal(value)).toBeUndefined();
  },
);

test("writing and reading give back the same units", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 55n), max: 10n ** 55n }), (units) => {
      expect(parseDecimal(formatDecimal(units))).toBe(units);
    }),
  );
});

test.each([
  [0n, "0"],
  [10n ** 18n, "1"],
  [-15n * 10n ** 17n, "-1.5"],
  [1n, "0.000000000000000001"],
])("%s is written as %s", (units, text) => {
  expect(formatDecimal(units)).toBe(text);
});

test("in the form that rules compare, decimals are in the order of their units, however they are written", () => {
  const digits = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
  const whole = fc.oneof(digits(12), digits(60)).map((text) => text.replace(/^0+(?=\d)/, ""));
  const decimal = fc.oneof(
    fc
      .tuple(fc.constantFrom("", "-"), whole, fc.oneof(digits(7), digits(18)))
      .map(([sign, one, other]) => `${sign}${one}.${other}`),
    // Neighbours, on both sides of where the form changes.
    fc
      .tuple(
        fc.constantFrom(0n, 10n ** 27n, -(10n ** 27n), 10n ** 18n),
        fc.bigInt({ min: -2n, max: 2n }),
        fc.constantFrom(1n, 10n ** 12n),
      )
      .map(([around, steps, step]) => formatDecimal(around + steps * step)),
    fc.maxSafeInteger(),
  );
  const padded = (one: string | number): string | number =>
    typeof one === "string" && /\.\d{1,12}$/.test(one) ? `${one}000000` : one;
  fc.assert(
    fc.property(decimal, decimal, (one, other) => {
      const [left, right] = [readDecimal(one)!, readDecimal(other)!];
      const [exactLeft, exactRight] = [parseDecimal(one)!, parseDecimal(other)!];
      expect(isLess(left, right)).toBe(exactLeft < exactRight);
      expect(left === right).toBe(exactLeft === exactRight);
      expect(readDecimal(padded(one)) === left).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ["1.5", 1_500_000],
  ["-0", -0],
  [12, 12_000_000],
  ["1.0000001", 10n ** 18n + 10n ** 11n],
  ["1000000000", 10n ** 27n],
])("%s is compared as %s", (written, form) => {
  expect(readDecimal(written)).toBe(form);
});
