import type { ConditionNode } from "./condition-node.ts";
import { parseCidr, type IpRange } from "../model/ip-value.ts";
import { described, type Path } from "../reading/mistakes.ts";
import { isVar, parseConstant, parseVariable, type Parsing, TYPE_NAMES, variableName } from "./parse-operand.ts";
import type { Plain } from "../reading/plain.ts";
import type { Value } from "../model/values.ts";
import type { Variable } from "../model/variables.ts";

/** Reads `{ "in": [variable, list] }`, the list written out or named. A text is not searched for another. */
export function parseIn([subject, list]: readonly Plain[], path: Path, parsing: Parsing): ConditionNode | undefined {
  const variable = parseVariable(subject, [...path, 0], parsing);
  if (variable?.type === "boolean") {
    parsing.mistakes.add([...path, 0], `${variable.name} is a boolean: write it without in`);
    return undefined;
  }
  // In JsonLogic a text at the right would be searched for a part.
  if (typeof list === "string") {
    parsing.mistakes.add(
      [...path, 1],
      "is a text, not an array: use startsWith or endsWith to compare a part of a text",
    );
    return undefined;
  }
  const items = parseList(list, [...path, 1], parsing);
  const values = variable && items && readSet(items, variable, parsing);
  return values && { kind: "member", variable, values };
}

function readSet(items: Items, variable: Variable, parsing: Parsing): ReadonlySet<Value> | undefined {
  const key = items.name === undefined ? undefined : `${variable.type} ${items.name}`;
  const known = key === undefined ? undefined : parsing.sets.get(key);
  if (known !== undefined) return known;
  const values = readItems(items, parsing, (item, at) => parseConstant(item, variable, at, parsing));
  const set = values && new Set(values);
  if (key !== undefined && set !== undefined) parsing.sets.set(key, set);
  return set;
}

/** Reads `{ "inCidr": [{ "var": "ip.address" }, ["10.0.0.0/8", "2001:db8::/32"]] }`. */
export function parseInCidr(
  [subject, list]: readonly Plain[],
  path: Path,
  parsing: Parsing,
): ConditionNode | undefined {
  const variable = parseVariableOf("ip", subject, [...path, 0], parsing);
  const items = parseList(list, [...path, 1], parsing);
  if (items === undefined) return undefined;
  const ranges = readItems(items, parsing, (item, at): IpRange | undefined => {
    const range = typeof item === "string" ? parseCidr(item) : undefined;
    if (range === undefined) {
      parsing.mistakes.add(at, `is ${described(item)}, not a range such as 10.0.0.0/8 with no host bits set`);
    }
    return range;
  });
  return variable && ranges && { kind: "range", variable, ranges };
}

/** Reads `startsWith` or `endsWith`: a text variable and one or more texts, compared exactly. */
export function parseAffix(
  kind: "prefix" | "suffix",
  [subject, list]: readonly Plain[],
  path: Path,
  parsing: Parsing,
): ConditionNode | undefined {
  const variable = parseVariableOf("text", subject, [...path, 0], parsing);
  const items = parseList(list, [...path, 1], parsing);
  if (items === undefined) return undefined;
  const affixes = readItems(items, parsing, (item, at): string | undefined => {
    if (typeof item === "string" && item !== "") return item;
    parsing.mistakes.add(at, `is ${described(item)}, not a text to compare with`);
    return undefined;
  });
  return variable && affixes && { kind, variable, affixes };
}

function parseVariableOf(
  type: "ip" | "text",
  source: Plain | undefined,
  path: Path,
  parsing: Parsing,
): Variable | undefined {
  const variable = parseVariable(source, path, parsing);
  if (variable === undefined || variable.type === type) return variable;
  parsing.mistakes.add(path, `${variable.name} is ${TYPE_NAMES[variable.type]}, not ${TYPE_NAMES[type]}`);
  return undefined;
}

interface Items {
  readonly values: readonly Plain[];
  /** The path at which a mistake in an item is reported. */
  readonly pathOf: (index: number) => Path;
  /** Of a named list. */
  readonly name?: string;
}

/** Reads `[…]`, a single text, or `{ "var": "lists.<alias>" }`. */
function parseList(source: Plain | undefined, path: Path, { scope, mistakes }: Parsing): Items | undefined {
  if (Array.isArray(source)) {
    return { values: source as readonly Plain[], pathOf: (index) => [...path, index] };
  }
  if (typeof source === "string") return { values: [source], pathOf: () => path };
  if (!isVar(source)) {
    mistakes.add(path, `is ${described(source)}, not an array or a list such as { "var": "lists.payees" }`);
    return undefined;
  }
  const name = variableName(source, path, mistakes);
  if (name === undefined) return undefined;
  const values = scope.list(name);
  if (values !== undefined) return { values, pathOf: () => path, name };
  const suggestion = scope.suggest(name);
  mistakes.add(
    [...path, "var"],
    `${described(name)} is not a list of this policy`,
    suggestion?.startsWith("lists.") === true ? suggestion : undefined,
  );
  return undefined;
}

function readItems<T>(
  { values, pathOf, name }: Items,
  { mistakes }: Parsing,
  read: (item: Plain, at: Path) => T | undefined,
): T[] | undefined {
  const before = mistakes.list.length;
  const items: T[] = [];
  for (const [index, value] of values.entries()) {
    const item = read(value, pathOf(index));
    if (item !== undefined) items.push(item);
    // The items of a named list are all reported at one path: one of them is enough.
    else if (name !== undefined) break;
  }
  return mistakes.list.length > before ? undefined : items;
}
