import { bareCopy, nearest, verificationMethodMeant, verificationMethodNames } from "@require-action/core/options";
import * as v from "valibot";
import { described, type Mistakes, type Path } from "./mistakes.ts";
import { isPlainObject, type Plain } from "./plain.ts";

/** Reads a value by its schema; `undefined` when it does not fit, after reporting every mistake. */
export function readShape<T>(
  schema: v.GenericSchema<T>,
  value: Plain | undefined,
  path: Path,
  mistakes: Mistakes,
): T | undefined {
  const known = reportUnknownKeys(schema, value, path, mistakes);
  const result = v.safeParse(schema, value);
  for (const issue of result.issues ?? []) reportIssue(issue, path, mistakes);
  return known && result.success ? bareCopy(result.output) : undefined;
}

function reportIssue(issue: v.BaseIssue<unknown>, path: Path, mistakes: Mistakes): void {
  // reportUnknownKeys reports every unknown key, where valibot reports the first.
  if (issue.type === "strict_object" && issue.expected === "never") return;
  const at = [...path, ...(issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)))];
  if (issue.kind === "validation" || issue.type === "union") mistakes.add(at, issue.message);
  else if (issue.received === "undefined") mistakes.add(at, "is missing");
  else mistakes.add(at, `is ${described(issue.input)}, not ${wording(issue)}`, wordMeant(issue));
}

function wording({ type, expected }: v.BaseIssue<unknown>): string {
  switch (type) {
    case "strict_object":
    case "record":
      return "an object";
    case "array":
      return "an array";
    case "string":
      return "a text";
    case "number":
    case "boolean":
      return `a ${type}`;
    default:
      // A picklist: ("ALLOW" | "BLOCK").
      return `one of ${(expected ?? type).replaceAll(/["()]/g, "").replaceAll(" | ", ", ")}`;
  }
}

function wordMeant({ type, input, expected }: v.BaseIssue<unknown>): string | undefined {
  if (type !== "picklist" || typeof input !== "string" || expected === null) return undefined;
  const words = Array.from(expected.matchAll(/"([^"]+)"/g), ([, word = ""]) => word);
  return words.length === verificationMethodNames.length ? verificationMethodMeant(input) : nearest(input, words);
}

/** Keys that valibot leaves out of a record in silence. */
const RESERVED: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** The parts of a valibot schema that lead to the keys an object may have. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly options?: readonly SchemaNode[];
}

function reportUnknownKeys(schema: SchemaNode, value: Plain | undefined, path: Path, mistakes: Mistakes): boolean {
  if (schema.wrapped !== undefined) return reportUnknownKeys(schema.wrapped, value, path, mistakes);
  let known = true;
  const record = schema.type === "union" ? schema.options?.find(({ type }) => type === "record") : undefined;
  if (record !== undefined) return reportUnknownKeys(record, value, path, mistakes);
  if (schema.item !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (!reportUnknownKeys(schema.item, item, [...path, index], mistakes)) known = false;
    }
  }
  if (!isPlainObject(value)) return known;
  for (const [key, member] of Object.entries(value)) {
    let next = schema.value;
    if (schema.entries !== undefined) {
      next = Object.hasOwn(schema.entries, key) ? schema.entries[key] : undefined;
      if (next === undefined) {
        mistakes.add([...path, key], "is not known here", nearest(key, Object.keys(schema.entries)));
        known = false;
      }
    } else if (schema.type === "record" && RESERVED.has(key)) {
      mistakes.add([...path, key], "is a reserved name");
      known = false;
    }
    if (next !== undefined && !reportUnknownKeys(next, member, [...path, key], mistakes)) known = false;
  }
  return known;
}
