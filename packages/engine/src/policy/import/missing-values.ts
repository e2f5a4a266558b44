import { isPlainObject, type Plain } from "../reading/plain.ts";

/**
 * True when conditions could match because a value is missing, as JsonLogic reads it: as null, which differs from
 * everything and is less than 1. Here such a rule does not match.
 *
 * @see https://jsonlogic.com/truthy.html
 */
export function matchesOnMissing(condition: Plain, negated = false): boolean {
  if (!isPlainObject(condition)) return false;
  return Object.entries(condition).some(([operator, argument]) => {
    const operands = Array.isArray(argument) ? (argument as readonly Plain[]) : [argument];
    switch (operator) {
      case "and":
      case "or":
      case "!!":
        return operands.some((operand) => matchesOnMissing(operand, negated));
      case "!":
        return operands.some((operand) => matchesOnMissing(operand, !negated));
      default:
        return holdsForNull(operator, operands) !== negated;
    }
  });
}

/** The truth of one comparison when all its variables are null. */
function holdsForNull(operator: string, operands: readonly Plain[]): boolean {
  const values = operands.map((operand) => (isPlainObject(operand) ? null : operand));
  const [first = null, second = null, third] = values;
  switch (operator) {
    case "==":
    case "===":
      return first === second;
    case "!=":
    case "!==":
      return first !== second;
    case "<":
      return Number(first) < Number(second) && (third === undefined || Number(second) < Number(third));
    case "<=":
      return Number(first) <= Number(second) && (third === undefined || Number(second) <= Number(third));
    case ">":
      return Number(first) > Number(second);
    case ">=":
      return Number(first) >= Number(second);
    default:
      return false;
  }
}
