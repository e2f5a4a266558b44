import { createNullProtoRecord } from "@require-action/core/options";
import { createLimitCheck } from "./data-point-limits.ts";
import { readDecimal } from "./model/values.ts";
import { createMistakes, PolicyInputError } from "./reading/mistakes.ts";
import type { DataPoint } from "./model/policy.ts";
import type { CustomFacts, FactValue } from "./model/types.ts";

/** A data point as one action takes it. */
export interface ExpectedDataPoint {
  readonly dataPoint: DataPoint;
  /** True when its absence is an error. */
  readonly required: boolean;
  /** The counter that sums it, if one does: a negative number would undo what was counted. */
  readonly summedBy: string | undefined;
}

const EXPECTED: Readonly<Record<DataPoint["type"], string>> = {
  text: "a text",
  number: "a finite number",
  boolean: "true or false",
  decimal: 'a decimal string such as "10.50", of at most 30 digits before the point, or a safe integer',
};

/**
 * 10³⁰ in units of 10⁻¹⁸. Far below what a decimal can be, so that sums of data points stay decimals: one that cannot be
 * read is unknown, and a limit on it would be gone.
 */
const DECIMAL_BOUND = 10n ** 48n;

/**
 * Creates the reader of the data points that a request brings. Own members that are declared are kept, others are none
 * of the rules' business. Mistakes name data points and never quote their values.
 */
export function createCustomReader(expected: readonly ExpectedDataPoint[]): (custom: unknown) => CustomFacts {
  const checked = expected.map((one) => ({ ...one, check: createLimitCheck(one.dataPoint) }));
  return (custom = {}) => {
    const facts = createNullProtoRecord<FactValue>();
    const mistakes = createMistakes();
    if (typeof custom !== "object" || custom === null || Array.isArray(custom)) {
      mistakes.add(["custom"], "is not an object");
      throw new PolicyInputError(mistakes.list);
    }
    for (const { dataPoint, required, summedBy, check } of checked) {
      const { name, type } = dataPoint;
      const given: unknown = Object.hasOwn(custom, name) ? Reflect.get(custom, name) : undefined;
      if (given === undefined) {
        if (required) mistakes.add(["custom", name], "is missing");
        continue;
      }
      const fact = readFact(type, given);
      if (fact === undefined) mistakes.add(["custom", name], `is not ${EXPECTED[type]}`);
      else if (summedBy !== undefined && isNegative(fact)) {
        mistakes.add(["custom", name], `is negative, and the counter ${summedBy} sums it`);
      } else {
        const problem = check(fact);
        if (problem !== undefined) mistakes.add(["custom", name], problem);
        else facts[name] = fact;
      }
    }
    if (mistakes.list.length > 0) throw new PolicyInputError(mistakes.list);
    return facts;
  };
}

function readFact(type: DataPoint["type"], value: unknown): FactValue | undefined {
  switch (type) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "decimal": {
      const decimal = readDecimal(value);
      const isBounded = typeof decimal === "number" || (decimal !== undefined && isWithinBounds(decimal));
      return isBounded ? String(value) : undefined;
    }
  }
}

function isNegative(fact: FactValue): boolean {
  return typeof fact === "number" ? fact < 0 : (readDecimal(fact) ?? 0) < 0;
}

function isWithinBounds(units: bigint): boolean {
  return -DECIMAL_BOUND < units && units < DECIMAL_BOUND;
}
