import type { CompareOperator, ConditionNode } from "./condition-node.ts";
import type { Path } from "../reading/mistakes.ts";
import { isVar, parseConstant, parseVariable, type Parsing, TYPE_NAMES } from "./parse-operand.ts";
import type { Plain } from "../reading/plain.ts";
import type { Variable } from "../model/variables.ts";

/** The same comparison seen from the other side. */
const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** Reads `==` or an order: two operands of one type, at least one of them a variable. Nothing is converted. */
export function parseComparison(
  operator: CompareOperator,
  [left, right]: readonly Plain[],
  path: Path,
  parsing: Parsing,
): ConditionNode | undefined {
  if (!isVar(left)) {
    if (isVar(right)) return compare(MIRRORED[operator], right, left, [...path, 1], [...path, 0], parsing);
    parsing.mistakes.add(path, "compares two constants");
    return undefined;
  }
  return compare(operator, left, right, [...path, 0], [...path, 1], parsing);
}

/** Reads `{ "<": [low, variable, high] }`, JsonLogic's way to say "between". */
export function parseBetween(
  operator: "<" | "<=",
  [low, variable, high]: readonly Plain[],
  path: Path,
  parsing: Parsing,
): ConditionNode | undefined {
  const above = compare(MIRRORED[operator], variable, low, [...path, 1], [...path, 0], parsing);
  const below = above && compare(operator, variable, high, [...path, 1], [...path, 2], parsing);
  return below && { kind: "and", nodes: [above, below] };
}

function compare(
  operator: CompareOperator,
  subject: Plain | undefined,
  other: Plain | undefined,
  subjectPath: Path,
  otherPath: Path,
  parsing: Parsing,
): ConditionNode | undefined {
  const left = parseVariable(subject, subjectPath, parsing);
  const right = isVar(other) ? parseVariable(other, otherPath, parsing) : undefined;
  if (left === undefined || (right === undefined && isVar(other))) return undefined;
  if (operator !== "==" && operator !== "!=" && !isOrdered(left, subjectPath, parsing)) return undefined;
  if (right === undefined) {
    const value = parseConstant(other, left, otherPath, parsing);
    return value === undefined ? undefined : { kind: "compare", operator, left, right: { kind: "constant", value } };
  }
  if (left.type === right.type)
    return { kind: "compare", operator, left, right: { kind: "variable", variable: right } };
  parsing.mistakes.add(
    otherPath,
    `${right.name} is ${TYPE_NAMES[right.type]}, but ${left.name} is ${TYPE_NAMES[left.type]}`,
  );
  return undefined;
}

function isOrdered({ name, type }: Variable, path: Path, { mistakes }: Parsing): boolean {
  if (type === "number" || type === "decimal") return true;
  const hint =
    type === "text" && name.startsWith("custom.") ? ": declare it a number, or a decimal if it is money" : "";
  mistakes.add(path, `${name} is ${TYPE_NAMES[type]}, which has no order${hint}`);
  return false;
}
