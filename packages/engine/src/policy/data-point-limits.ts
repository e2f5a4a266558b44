import { matchesFormat, wordsFor } from "./formats.ts";
import type { DataPoint } from "./model/policy.ts";
import type { FactValue } from "./model/types.ts";
import { isLess, readConstant, type Value } from "./model/values.ts";
import type { Mistakes, Path } from "./reading/mistakes.ts";

/** Says what is wrong with a data point's value, in words that do not hold it; `undefined` for nothing. */
export type LimitCheck = (fact: FactValue) => string | undefined;

/** Creates the check of what a data point's declaration says about its values. Limits of a wrong type count as none. */
export function createLimitCheck({ type, min, max, maxLength, oneOf, format }: DataPoint): LimitCheck {
  const least = min === undefined ? undefined : readConstant(type, min);
  const most = max === undefined ? undefined : readConstant(type, max);
  // As most have none, and each would be read once more.
  if ([least, most, maxLength, oneOf, format].every((limit) => limit === undefined)) return () => undefined;
  const allowed = oneOf && new Set(oneOf.map((one) => readConstant(type, one)));
  return (fact) => {
    const value = readConstant(type, fact);
    if (value === undefined) return undefined;
    if (least !== undefined && isLess(value, least)) return `is less than ${String(min)}`;
    if (most !== undefined && isLess(most, value)) return `is more than ${String(max)}`;
    if (maxLength !== undefined && String(fact).length > maxLength) return `is longer than ${maxLength} characters`;
    if (allowed && !allowed.has(value)) return "is not one of the values that the policy lists";
    if (format !== undefined && !matchesFormat(format, String(fact))) return `is not ${wordsFor(format)}`;
    return undefined;
  };
}

/** Reports limits that do not fit the type of their data point, or that nothing could keep. */
export function reportLimits(dataPoint: DataPoint, path: Path, mistakes: Mistakes): void {
  const { type, min, max, maxLength, oneOf } = dataPoint;
  const isOrdered = type === "number" || type === "decimal";
  for (const name of ["min", "max"] as const) {
    const limit = dataPoint[name];
    if (limit === undefined) continue;
    if (!isOrdered) mistakes.add([...path, name], `is for numbers and decimals, and this is a ${type}`);
    else if (readConstant(type, limit) === undefined) mistakes.add([...path, name], `is no ${type}`);
  }
  if (maxLength !== undefined && type !== "text")
    mistakes.add([...path, "maxLength"], `is for texts, and this is a ${type}`);
  for (const [index, one] of (oneOf ?? []).entries()) {
    if (type === "boolean" || readConstant(type, one) === undefined)
      mistakes.add([...path, "oneOf", index], `is no ${type}`);
  }
  const [least, most]: (Value | undefined)[] = [min, max].map((limit) =>
    limit === undefined ? undefined : readConstant(type, limit),
  );
  if (isOrdered && least !== undefined && most !== undefined && isLess(most, least))
    mistakes.add([...path, "max"], "is less than min");
}
