import { described, type Mistakes, type Path } from "./mistakes.ts";

/** What a policy is made of, without prototypes: a key such as `constructor` is there only if it was written. */
export type Plain = null | string | number | boolean | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: Plain;
}

/** True for an object, of whatever members, that is no list. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Far more than any sane policy needs, and few enough to be copied at once. */
const MAX_VALUES = 500_000;
/** Conditions may nest 64 operators, each an object and an array. */
const MAX_DEPTH = 160;

/**
 * Copies a policy as it is written into plain values that nobody else can change. Cycles, depth without end, and
 * anything that JSON cannot say are mistakes.
 */
export function plainCopy(source: unknown, mistakes: Mistakes): Plain | undefined {
  const ancestors = new Set<object>();
  let values = 0;

  function copy(value: unknown, path: Path): Plain | undefined {
    if (++values > MAX_VALUES) return refuse([], `has more than ${MAX_VALUES} values`);
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value !== "object") return refuse(path, `${described(value)} is not something a policy can hold`);
    if (path.length >= MAX_DEPTH) return refuse(path, "is nested too deep");
    if (ancestors.has(value)) return refuse(path, "holds itself");
    ancestors.add(value);
    const copied = Array.isArray(value) ? copyArray(value, path) : copyObject(value, path);
    ancestors.delete(value);
    return copied;
  }

  function copyArray(array: readonly unknown[], path: Path): Plain | undefined {
    const items: Plain[] = [];
    for (let index = 0; index < array.length && values <= MAX_VALUES; index++) {
      const item = copy(array[index], [...path, index]);
      if (item !== undefined) items[index] = item;
    }
    return items;
  }

  function copyObject(object: object, path: Path): Plain | undefined {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype) return refuse(path, "is not a plain object");
    const members = Object.create(null) as Record<string, Plain>;
    for (const [key, value] of Object.entries(object)) {
      // In TypeScript an optional member may be written as undefined.
      if (value === undefined) continue;
      if (values > MAX_VALUES) break;
      const member = copy(value, [...path, key]);
      if (member !== undefined) members[key] = member;
    }
    return members;
  }

  function refuse(path: Path, message: string): undefined {
    mistakes.add(path, message);
  }

  return copy(source, []);
}
