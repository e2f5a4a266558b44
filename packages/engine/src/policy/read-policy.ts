import type { Mistakes, Path } from "./reading/mistakes.ts";
import { isPlainObject, type Plain, type PlainObject } from "./reading/plain.ts";
import type { Counter, DataPoint, Policy } from "./model/policy.ts";
import {
  actionSchema,
  counterSchema,
  dataPointSchema,
  listSchema,
  nameSchema,
  policySchema,
  type ReadAction,
  type ReadRule,
  ruleSchema,
} from "./policy-schema.ts";
import { readShape } from "./reading/shape.ts";

/** The parts of a policy that are well formed, each with its path. */
export interface PolicyParts {
  readonly unknownActions: Policy["unknownActions"];
  readonly actions: readonly ActionPart[];
  readonly dataPoints: readonly Part<DataPoint>[];
  readonly lists: ReadonlyMap<string, readonly (string | number)[]>;
  readonly counters: readonly Part<Counter>[];
}

export interface Part<T> {
  readonly value: T;
  readonly path: Path;
}

export interface ActionPart {
  readonly code: string;
  readonly path: Path;
  /** The action but for its rules; undefined when it is malformed. */
  readonly value: ReadAction | undefined;
  readonly rules: readonly Part<ReadRule>[];
}

/** Reads a policy part by part, so that a mistake in one does not hide those in another. */
export function readPolicy(source: PlainObject, mistakes: Mistakes): PolicyParts {
  const frame = Object.fromEntries(Object.entries(source).map(([key, value]) => [key, emptied(value)]));
  const unknownActions = readShape(policySchema, frame, [], mistakes)?.unknownActions;

  const actions = members(source["actions"], ["actions"]).map(({ name, value, path }): ActionPart => {
    readShape(nameSchema, name, path, mistakes);
    if (!isPlainObject(value)) {
      return { code: name, path, value: readShape(actionSchema, value, path, mistakes), rules: [] };
    }
    const { rules } = value;
    const withoutRules = rules === undefined ? value : { ...value, rules: emptied(rules) };
    return {
      code: name,
      path,
      value: readShape(actionSchema, withoutRules, path, mistakes),
      rules: items(rules, [...path, "rules"], (rule, at) => readShape(ruleSchema, rule, at, mistakes)),
    };
  });

  const lists = new Map<string, readonly (string | number)[]>();
  for (const { name, value, path } of members(source["lists"], ["lists"])) {
    readShape(nameSchema, name, path, mistakes);
    // A malformed list is in scope all the same: rules that name it are not mistaken.
    lists.set(name, readShape(listSchema, value, path, mistakes) ?? []);
  }

  return {
    unknownActions,
    actions,
    dataPoints: items(source["dataPoints"], ["dataPoints"], (item, at) =>
      readShape(dataPointSchema, item, at, mistakes),
    ),
    lists,
    counters: items(source["counters"], ["counters"], (item, at) => readShape(counterSchema, item, at, mistakes)),
  };
}

/** Stands for a container while what holds it is read; its parts are read one by one. */
function emptied(value: Plain): Plain {
  if (Array.isArray(value)) return [];
  return isPlainObject(value) ? {} : value;
}

function members(source: Plain | undefined, path: Path): { name: string; value: Plain; path: Path }[] {
  if (!isPlainObject(source)) return [];
  return Object.entries(source).map(([name, value]) => ({ name, value, path: [...path, name] }));
}

function items<T>(source: Plain | undefined, path: Path, read: (item: Plain, at: Path) => T | undefined): Part<T>[] {
  if (!Array.isArray(source)) return [];
  const parts: Part<T>[] = [];
  for (const [index, item] of (source as readonly Plain[]).entries()) {
    const value = read(item, [...path, index]);
    if (value !== undefined) parts.push({ value, path: [...path, index] });
  }
  return parts;
}
