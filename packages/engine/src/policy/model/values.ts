import { parseIp } from "./ip-value.ts";
import type { FactValue } from "./types.ts";
import type { VariableType } from "./variables.ts";

/** A value in the form that rules compare: `===` means equal, and {@link isLess} less, whatever the type. */
export type Value = string | number | boolean | bigint;

/** True when a value is less than another one of its type. Decimals come in two forms; all others have but one. */
export function isLess(one: Value, other: Value): boolean {
  // As nearly all are, and engines compare faster what they know to be numbers.
  if (typeof one === "number" && typeof other === "number") return one < other;
  return typeof one === typeof other ? one < other : wide(one) < wide(other);
}

/** Reads a fact as its variable's type; a fact of another type is as unknown as an absent one. */
export function readFact(type: VariableType, fact: FactValue | undefined): Value | undefined {
  switch (type) {
    case "text":
      return typeof fact === "string" ? fact : undefined;
    case "number":
      // A sum may overflow to Infinity: it is then above every limit, and must not become unknown.
      return typeof fact === "number" && !Number.isNaN(fact) ? fact : undefined;
    case "boolean":
      return typeof fact === "boolean" ? fact : undefined;
    case "decimal":
      return readDecimal(fact);
    case "ip":
      return typeof fact === "string" ? parseIp(fact) : undefined;
  }
}

/** Reads a constant of a rule as the type of the variable it is compared with; `undefined` when it is of another. */
export function readConstant(type: VariableType, constant: unknown): Value | undefined {
  // As written in the policy: 0.1 is the decimal 0.1, and not the nearest binary fraction.
  if (type === "decimal") return readDecimal(typeof constant === "number" ? decimalText(constant) : constant);
  return readFact(type, isFactValue(constant) ? constant : undefined);
}

/** What to write instead of a constant of the wrong type, where that is plain. */
export function constantMeant(type: VariableType, constant: unknown): string | undefined {
  if (type === "text" && typeof constant === "number") return JSON.stringify(String(constant));
  if (type === "boolean" && (constant === "true" || constant === "false")) return constant;
  if (type === "number" && typeof constant === "string" && parseDecimal(constant) !== undefined) return constant;
  return undefined;
}

function decimalText(constant: number): string {
  const text = String(constant);
  // A double holds 15 digits for sure; beyond them it may not be the number that was written.
  return text.replaceAll(/[-.]/g, "").length <= 15 || Number.isSafeInteger(constant) ? text : "";
}

function isFactValue(value: unknown): value is FactValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

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

/** A decimal of at most nine digits before the point and six behind it: a double holds as many, so that its millionths are exact. */
const SHORT_DECIMAL = /^-?(?:0|[1-9]\d{0,8})(?:\.\d{1,6})?$/;
const MILLION = 1_000_000;
const SHORT_BOUND = 10n ** 27n;
/** How many 10⁻¹⁸ a millionth is. */
const UNITS_OF_MILLIONTH = 10n ** 12n;

/**
 * Reads what {@link parseDecimal} reads, in the form that rules compare: short decimals as a count of millionths, and all others
 * as one of 10⁻¹⁸. Equal decimals are equal in form, however they are written.
 */
export function readDecimal(value: unknown): number | bigint | undefined {
  if (typeof value === "string" && SHORT_DECIMAL.test(value)) return Math.round(Number(value) * MILLION);
  const units = parseDecimal(value);
  if (units === undefined || units % UNITS_OF_MILLIONTH !== 0n) return units;
  return -SHORT_BOUND < units && units < SHORT_BOUND ? Number(units / UNITS_OF_MILLIONTH) : units;
}

/** A decimal as a count of 10⁻¹⁸, whichever form it has. */
function wide(value: Value): Value {
  return typeof value === "number" ? BigInt(value) * UNITS_OF_MILLIONTH : value;
}

/** Writes a count of 10⁻¹⁸ as the shortest decimal string. */
export function formatDecimal(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, "0");
  const whole = digits.slice(0, -SCALE);
  let fraction = digits.slice(-SCALE);
  while (fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
