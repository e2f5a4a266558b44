import { nearest } from "@require-action/core/options";
import type { Counter, DataPoint } from "./policy.ts";

/** What rules compare: `ip` is an address, `decimal` an exact number written as a string. */
export type VariableType = "text" | "number" | "boolean" | "decimal" | "ip";

/** Something that a rule can name and that differs from request to request. */
export interface Variable {
  readonly name: string;
  readonly type: VariableType;
}

/** The variables and lists that a policy's rules can name. */
export interface Scope {
  /** Finds a variable by its name or alias. */
  variable(name: string): Variable | undefined;
  /** Finds a value list by its full name, `lists.<alias>`. */
  list(name: string): readonly (string | number)[] | undefined;
  /** The name that was probably meant. */
  suggest(name: string): string | undefined;
}

/** What the engine knows of every request, besides what the policy declares. */
const BUILT_IN: ReadonlyMap<string, VariableType> = new Map([
  ["ip.address", "ip"],
  ["ip.isAnonymous", "boolean"],
  ["ip.location.country.countryCode", "text"],
  ["device.id", "text"],
  ["device.isNew", "boolean"],
  ["device.isRemembered", "boolean"],
  ["device.count", "number"],
  ["user.id", "text"],
  ["user.email", "text"],
  ["user.phoneNumber", "text"],
  ["user.isEnrolled", "boolean"],
  ["user.hasPreviouslyVerified", "boolean"],
]);

/** Names that stand for others. */
const ALIASES: ReadonlyMap<string, string> = new Map([["ip.countryCode", "ip.location.country.countryCode"]]);

/** The names of what every policy can use without declaring it. */
export const BUILT_IN_NAMES: readonly string[] = [...BUILT_IN.keys(), ...ALIASES.keys()];

export function createScope(
  dataPoints: Iterable<DataPoint>,
  lists: ReadonlyMap<string, readonly (string | number)[]>,
  counters: Iterable<Counter>,
): Scope {
  const variables = new Map<string, Variable>();
  for (const [name, type] of BUILT_IN) variables.set(name, { name, type });
  for (const [alias, name] of ALIASES) {
    const variable = variables.get(name);
    if (variable !== undefined) variables.set(alias, variable);
  }
  const fieldTypes = new Map<string, VariableType>();
  for (const { name, type } of dataPoints) {
    variables.set(`custom.${name}`, { name: `custom.${name}`, type });
    fieldTypes.set(name, type);
  }
  for (const { name, kind, field = "" } of counters) {
    const type = kind === "sum" && fieldTypes.get(field) === "decimal" ? "decimal" : "number";
    variables.set(`velocity.${name}`, { name: `velocity.${name}`, type });
  }
  const listsByName = new Map<string, readonly (string | number)[]>();
  for (const [alias, items] of lists) listsByName.set(`lists.${alias}`, items);
  return {
    variable: (name) => variables.get(name),
    list: (name) => listsByName.get(name),
    suggest: (name) => nearest(name, [...variables.keys(), ...listsByName.keys()]),
  };
}
