import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDecimal, parseDecimal } from "../../src/policy/model/values.ts";

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
