import { isPlainObject, type Plain } from "../reading/plain.ts";
import type { DataPoint } from "../model/policy.ts";

type InferredType = Exclude<DataPoint["type"], "decimal">;

const ORDERS: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);
const CONDITIONS: ReadonlySet<string> = new Set(["and", "or", "!", "!!"]);

/**
 * Infers the types of data points from what conditions compare them with: every type that a use speaks for, by name
 * of the data point. A use that speaks for none leaves an empty set.
 */
export function inferTypes(
  conditions: Iterable<Plain>,
  listOf: (name: string) => Plain | undefined,
): ReadonlyMap<string, ReadonlySet<InferredType>> {
  const types = new Map<string, Set<InferredType>>();

  function note(operand: Plain, type: InferredType | undefined): void {
    const name = customName(operand);
    if (name === undefined) return;
    const known = types.get(name) ?? new Set();
    types.set(name, known);
    if (type !== undefined) known.add(type);
  }

  function visit(condition: Plain): void {
    if (!isPlainObject(condition)) return;
    for (const [operator, argument] of Object.entries(condition)) {
      const operands = Array.isArray(argument) ? (argument as readonly Plain[]) : [argument];
      if (operator === "var") continue;
      const type = ORDERS.has(operator) ? "number" : CONDITIONS.has(operator) ? "boolean" : typeAmong(operands, listOf);
      for (const operand of operands) {
        note(operand, type);
        visit(operand);
      }
    }
  }

  for (const condition of conditions) {
    note(condition, "boolean");
    visit(condition);
  }
  return types;
}

function typeAmong(operands: readonly Plain[], listOf: (name: string) => Plain | undefined): InferredType | undefined {
  for (const operand of operands) {
    const name = variableName(operand);
    const constant = name?.startsWith("lists.") === true ? listOf(name.slice("lists.".length)) : operand;
    const sample = Array.isArray(constant) ? (constant as readonly Plain[])[0] : constant;
    if (typeof sample === "string") return "text";
    if (typeof sample === "number" || typeof sample === "boolean")
      return typeof sample === "number" ? "number" : "boolean";
  }
  return undefined;
}

function customName(operand: Plain): string | undefined {
  const name = variableName(operand);
  return name?.startsWith("custom.") === true ? name.slice("custom.".length) : undefined;
}

function variableName(operand: Plain): string | undefined {
  const written = isPlainObject(operand) ? operand["var"] : undefined;
  const name = Array.isArray(written) ? (written as readonly Plain[])[0] : written;
  return typeof name === "string" ? name : undefined;
}
