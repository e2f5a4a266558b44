/** Digits after the point that a decimal can have; enough for any currency and for crypto assets. */
const SCALE = 18;

// As JSON writes numbers, without an exponent. Bounded, so that reading one is quick whoever sent it.
const DECIMAL = /^(-?)(0|[1-9]\d{0,59})(?:\.(\d{1,18}))?$/;

/**
 * Reads a decimal string, or a safe integer, exactly: as a count of 10⁻¹⁸. `undefined` when it is neither: no exponent,
 * no leading zero or plus, no separators, at most 60 digits before the point and 18 after.
 */
export function parseDecimal(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? parseDecimal(String(value)) : undefined;
  if (typeof value !== "string") return undefined;
  const match = DECIMAL.exec(value);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const units = BigInt(whole + fraction.padEnd(SCALE, "0"));
  return sign === "-" ? -units : units;
}

/** Writes a count of 10⁻¹⁸ as the shortest decimal string. */
export function formatDecimal(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, "0");
  const whole = digits.slice(0, -SCALE);
  const fraction = digits.slice(-SCALE).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
