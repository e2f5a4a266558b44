import { nearest } from "@require-action/core/options";
import type { ConditionNode } from "./condition-node.ts";
import { described, type Path } from "../reading/mistakes.ts";
import { parseBetween, parseComparison } from "./parse-comparison.ts";
import { parseAffix, parseIn, parseInCidr } from "./parse-membership.ts";
import { parseVariable, type Parsing, TYPE_NAMES } from "./parse-operand.ts";
import { isPlainObject, type Plain } from "../reading/plain.ts";

/** Operators deep; deeper conditions are machine-made, and meant to hurt. */
const MAX_DEPTH = 64;
/** Operators and their arguments in one rule, the items of lists among them. */
const MAX_VALUES = 10_000;

type OperandParser = (operands: readonly Plain[], path: Path, parsing: Parsing) => ConditionNode | undefined;

/** The operators that take two operands, and `<` and `<=` with three. */
const OPERAND_PARSERS: ReadonlyMap<string, OperandParser> = new Map<string, OperandParser>([
  ["==", (operands, path, parsing) => parseComparison("==", operands, path, parsing)],
  ["===", (operands, path, parsing) => parseComparison("==", operands, path, parsing)],
  ["!=", (operands, path, parsing) => parseComparison("!=", operands, path, parsing)],
  ["!==", (operands, path, parsing) => parseComparison("!=", operands, path, parsing)],
  ["<", (operands, path, parsing) => parseComparison("<", operands, path, parsing)],
  ["<=", (operands, path, parsing) => parseComparison("<=", operands, path, parsing)],
  [">", (operands, path, parsing) => parseComparison(">", operands, path, parsing)],
  [">=", (operands, path, parsing) => parseComparison(">=", operands, path, parsing)],
  ["in", parseIn],
  ["inCidr", parseInCidr],
  ["startsWith", (operands, path, parsing) => parseAffix("prefix", operands, path, parsing)],
  ["endsWith", (operands, path, parsing) => parseAffix("suffix", operands, path, parsing)],
]);

/** Every operator that conditions may use. */
export const OPERATORS: readonly string[] = ["and", "or", "!", "!!", "var", ...OPERAND_PARSERS.keys()];

/** Operators of other languages, where the spelling alone would suggest another one. */
const FOREIGN_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["=", "=="],
  ["<>", "!="],
  ["=<", "<="],
  ["=>", ">="],
  ["&&", "and"],
  ["||", "or"],
]);

function suggestOperator(operator: string): string | undefined {
  return FOREIGN_OPERATORS.get(operator) ?? nearest(operator, OPERATORS);
}

/** Reads conditions against the names in scope; `undefined` when they are wrong, after reporting every mistake. */
export function parseCondition(source: Plain, path: Path, parsing: Parsing): ConditionNode | undefined {
  function parse(condition: Plain | undefined, at: Path, depth: number): ConditionNode | undefined {
    if (typeof condition === "boolean") return { kind: "constant", value: condition };
    if (!isPlainObject(condition)) return refuse(at, `is ${described(condition)}, not a condition`);
    if (depth > MAX_DEPTH) return refuse(at, `is nested more than ${MAX_DEPTH} operators deep`);
    const [operator, extra] = Object.keys(condition);
    if (operator === undefined) return refuse(at, "is empty: write true for a rule that always matches");
    if (extra !== undefined) {
      return refuse([...at, extra], `stands beside ${operator}: an operator is an object with one member`);
    }
    if (operator === "var") return parseTruth(condition, at);
    return parseOperator(operator, condition[operator], [...at, operator], depth);
  }

  function parseOperator(
    operator: string,
    argument: Plain | undefined,
    at: Path,
    depth: number,
  ): ConditionNode | undefined {
    switch (operator) {
      case "and":
      case "or":
        return parseGroup(operator, argument, at, depth);
      case "!":
      case "!!":
        return parseUnary(operator, argument, at, depth);
    }
    const parser = OPERAND_PARSERS.get(operator);
    if (parser === undefined) return refuse(at, "is not an operator of this policy", suggestOperator(operator));
    if (!Array.isArray(argument)) return refuse(at, `is ${described(argument)}, not an array of operands`);
    const operands = argument as readonly Plain[];
    if (operands.length === 3 && (operator === "<" || operator === "<=")) {
      return parseBetween(operator, operands, at, parsing);
    }
    if (operands.length !== 2) return refuse(at, `has ${operands.length} operands and not 2`);
    return parser(operands, at, parsing);
  }

  function parseGroup(
    kind: "and" | "or",
    argument: Plain | undefined,
    at: Path,
    depth: number,
  ): ConditionNode | undefined {
    if (!Array.isArray(argument)) return refuse(at, `is ${described(argument)}, not an array of conditions`);
    // JsonLogic would say that an empty `and` is neither true nor false.
    if (argument.length === 0) return refuse(at, "is empty: write true or false");
    const nodes: ConditionNode[] = [];
    for (const [index, item] of (argument as readonly Plain[]).entries()) {
      const node = parse(item, [...at, index], depth + 1);
      if (node !== undefined) nodes.push(node);
    }
    return nodes.length === argument.length ? { kind, nodes } : undefined;
  }

  function parseUnary(
    operator: "!" | "!!",
    argument: Plain | undefined,
    at: Path,
    depth: number,
  ): ConditionNode | undefined {
    const operands = Array.isArray(argument) ? (argument as readonly Plain[]) : undefined;
    if (operands !== undefined && operands.length !== 1) return refuse(at, `has ${operands.length} operands and not 1`);
    const node = operands ? parse(operands[0], [...at, 0], depth + 1) : parse(argument, at, depth + 1);
    return operator === "!" && node !== undefined ? { kind: "not", node } : node;
  }

  function parseTruth(condition: Plain, at: Path): ConditionNode | undefined {
    const variable = parseVariable(condition, at, parsing);
    if (variable === undefined || variable.type === "boolean") return variable && { kind: "true", variable };
    return refuse(
      at,
      `${variable.name} is ${TYPE_NAMES[variable.type]}: compare it, as nothing is true or false by itself but a boolean`,
    );
  }

  function refuse(at: Path, message: string, suggestion?: string): undefined {
    parsing.mistakes.add(at, message, suggestion);
  }

  if (holdsMoreValues(source, MAX_VALUES)) {
    return refuse(path, `has more than ${MAX_VALUES} values: move them to a list`);
  }
  return parse(source, path, 1);
}

function holdsMoreValues(source: Plain, most: number): boolean {
  const pending: Plain[] = [source];
  let count = 0;
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (++count > most) return true;
    if (typeof value === "object" && value !== null) for (const member of Object.values(value)) pending.push(member);
  }
  return false;
}
