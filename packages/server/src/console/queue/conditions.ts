import type { ActionRecord } from "@require-action/engine/store";
import { readableName } from "../../pages/visible-text.ts";

type Value = string | number | boolean | null | undefined;

const MAX_DEPTH = 20;
const operators: Readonly<Record<string, string>> = {
  "==": "is",
  "===": "is",
  "!=": "is not",
  "!==": "is not",
  "<": "<",
  "<=": "≤",
  ">": ">",
  ">=": "≥",
  in: "is in",
};

/** A rule's conditions as a reviewer reads them, and the variables that they name. */
export interface ReadableConditions {
  readonly text: string;
  readonly variables: readonly string[];
}

/** Puts conditions into words. They are shown as they are where they have a form that is not known here. */
export function readConditions(conditions: unknown): ReadableConditions {
  const variables = new Set<string>();
  return { text: textOf(conditions, 0), variables: [...variables] };

  function textOf(node: unknown, depth: number): string {
    if (depth > MAX_DEPTH) return "…";
    if (Array.isArray(node)) return node.map((one) => textOf(one, depth + 1)).join(", ");
    if (typeof node !== "object" || node === null) return literal(node);
    const [[operator, operand] = ["", undefined]] = Object.entries(node);
    const operands: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    if (operator === "var") return variable(String(operands[0]));
    if (operator === "and" || operator === "or") {
      const text = operands.map((one) => textOf(one, depth + 1)).join(` ${operator} `);
      return depth === 0 || operands.length < 2 ? text : `(${text})`;
    }
    if (operator === "!") return `not (${operands.map((one) => textOf(one, depth + 1)).join(", ")})`;
    const [left, right] = operands;
    const word = operators[operator] ?? readableName(operator).toLowerCase();
    return `${textOf(left, depth + 1)} ${word} ${textOf(right, depth + 1)}`;
  }

  function variable(name: string): string {
    if (name.startsWith("lists.")) return `the list ${name.slice("lists.".length)}`;
    variables.add(name);
    return name;
  }
}

function literal(value: unknown): string {
  if (typeof value === "boolean") return value ? "true" : "false";
  return typeof value === "string" ? `“${value}”` : String(value);
}

/** The value that a variable had when the action was decided; `undefined` where it is not kept, `null` where it was not known. */
export function valueOf(name: string, { attributes, facts, userId }: ActionRecord): Value {
  const custom = attributes.custom ?? {};
  const field = name.startsWith("custom.") ? name.slice("custom.".length) : undefined;
  if (field !== undefined && Object.hasOwn(custom, field)) return custom[field];
  if (facts !== undefined && Object.hasOwn(facts, name)) return facts[name];
  const given: Readonly<Record<string, Value>> = {
    "user.id": userId,
    "user.email": attributes.email,
    "user.phoneNumber": attributes.phoneNumber,
    "ip.address": attributes.ipAddress,
    "device.id": attributes.deviceId,
  };
  return Object.hasOwn(given, name) ? given[name] : undefined;
}

/** A value as a reviewer reads it. */
export function valueText(value: Value): string {
  if (value === undefined) return "not kept";
  if (value === null) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
