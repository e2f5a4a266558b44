import { described, type Mistakes, type Path } from "../reading/mistakes.ts";
import { isPlainObject, type Plain } from "../reading/plain.ts";
import { constantMeant, readConstant, type Value } from "../model/values.ts";
import type { Scope, Variable, VariableType } from "../model/variables.ts";

/** What the parsers of conditions share: the names in scope and where to report mistakes. */
export interface Parsing {
  readonly scope: Scope;
  readonly mistakes: Mistakes;
  /** Sets made of named lists, by name and type: a long list is read once, however many rules name it. */
  readonly sets: Map<string, ReadonlySet<Value>>;
}

/** True for `{ "var": … }`. */
export function isVar(source: Plain | undefined): boolean {
  return isPlainObject(source) && Object.hasOwn(source, "var");
}

/** Reads `{ "var": "custom.amount" }`; anything else is a mistake. */
export function parseVariable(
  source: Plain | undefined,
  path: Path,
  { scope, mistakes }: Parsing,
): Variable | undefined {
  const name = variableName(source, path, mistakes);
  if (name === undefined) return undefined;
  const variable = scope.variable(name);
  if (variable !== undefined) return variable;
  if (scope.list(name) !== undefined) mistakes.add([...path, "var"], `${name} is a list: it stands at the right of in`);
  else {
    const meant = scope.suggest(name);
    const isUndeclared = meant === undefined && /^custom\.[\w-]{1,64}$/.test(name);
    const hint = isUndeclared ? `: declare ${name.slice("custom.".length)} in dataPoints` : "";
    mistakes.add([...path, "var"], `${described(name)} is not a variable of this policy${hint}`, meant);
  }
  return undefined;
}

/** Reads the name in `{ "var": name }` or `{ "var": [name] }`. */
export function variableName(source: Plain | undefined, path: Path, mistakes: Mistakes): string | undefined {
  if (!isPlainObject(source) || !isVar(source)) {
    mistakes.add(path, `is ${described(source)}, not a variable such as { "var": "ip.address" }`);
    return undefined;
  }
  const [extra] = Object.keys(source).filter((key) => key !== "var");
  if (extra !== undefined) {
    mistakes.add([...path, extra], "stands beside var: an operator is an object with one member");
    return undefined;
  }
  const written = source["var"];
  if (typeof written === "string") return written;
  const [name, fallback] = Array.isArray(written) ? (written as readonly Plain[]) : [];
  if (typeof name === "string" && fallback === undefined) return name;
  const fault =
    fallback === undefined
      ? "is not the name of a variable"
      : "has a default: an unknown value stays unknown, and matches nothing";
  mistakes.add([...path, "var"], fault);
  return undefined;
}

/** Reads a constant that is compared with a variable. */
export function parseConstant(
  source: Plain | undefined,
  { name, type }: Variable,
  path: Path,
  { mistakes }: Parsing,
): Value | undefined {
  const value = readConstant(type, source);
  if (value === undefined) {
    mistakes.add(path, `is ${described(source)}, but ${name} is ${TYPE_NAMES[type]}`, constantMeant(type, source));
  }
  return value;
}

export const TYPE_NAMES: Readonly<Record<VariableType, string>> = {
  text: "a text",
  number: "a number",
  boolean: "a boolean",
  decimal: "a decimal",
  ip: "an IP address",
};
