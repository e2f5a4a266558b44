import * as v from "valibot";

/** The members that the language gives every object, as they were when this module was loaded. */
const standardMembers: ReadonlyMap<string | symbol, unknown> = new Map(
  [
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
  ].map((name) => [name, Reflect.get(Object.prototype, name)]),
);

/*
 * What is put on `Object.prototype`, by a flaw elsewhere in the process, is a member of every object. Whatever comes in at
 * a door of ours (options, answers, bodies) is therefore copied into records that inherit nothing.
 */

/**
 * A copy of plain data, at every depth, whose records inherit nothing. What is no plain record or list, such as a function
 * or an instance of a class, is handed on as it is.
 */
export function bareCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return isPlainRecord(value) && isFlat(value) ? (flatCopy(value) as T) : deepCopy(value);
}

/** True for a record of texts, numbers and the like, as most events are. */
function isFlat(record: Readonly<Record<string, unknown>>): boolean {
  for (const name of Object.keys(record)) if (typeof record[name] === "object" && record[name] !== null) return false;
  return true;
}

function flatCopy(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = createNullProtoRecord<unknown>();
  for (const name of Object.keys(record)) copy[name] = record[name];
  return copy;
}

function deepCopy<T>(value: T): T {
  // Not by recursion: a text of a few kilobytes may be nested deeper than the stack.
  const open: (readonly [from: object, to: object])[] = [];
  const copies = new Map<object, object>();
  const copyOf = (one: unknown): unknown => {
    if (typeof one !== "object" || one === null) return one;
    const isList = Array.isArray(one);
    if (!isList && !isPlainRecord(one)) return one;
    const known = copies.get(one);
    if (known !== undefined) return known;
    const copy: object = isList ? [] : createNullProtoRecord();
    copies.set(one, copy);
    open.push([one, copy]);
    return copy;
  };
  const result = copyOf(value);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [from, to] = next as readonly Record<string, unknown>[] as [Record<string, unknown>, Record<string, unknown>];
    for (const name of Object.keys(from)) to[name] = copyOf(from[name]);
  }
  return result as T;
}

/**
 * A record of the members of an object, and of those that a class or a shared object which it inherits from declares, but
 * for `Object.prototype`: left out, what somebody declared so would be weaker than it was meant. The record inherits nothing.
 * `known` names members that are copied though they are not enumerable, as a class's accessors and methods are. Anything but
 * an object is handed on as it is.
 */
export function bareOptions<T>(options: T, known: readonly string[] = []): T {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options;
  const copy = createNullProtoRecord<unknown>();
  for (
    let object: object | null = options;
    isDeclaring(object);
    object = Object.getPrototypeOf(object) as object | null
  ) {
    for (const name of Object.keys(object)) copy[name] = options[name as keyof typeof options];
  }
  for (const name of known)
    if (!(name in copy) && isMember(options, name)) copy[name] = options[name as keyof typeof options];
  return copy as T;
}

/** A member that an object has, or that its classes declare; `undefined` for one that every object inherits. */
export function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== "object" || object === null || !isMember(object, name)) return undefined;
  return (object as Record<string, unknown>)[name];
}

/**
 * Names the members of `Object.prototype` that the language does not define, or that somebody has replaced. While there are any,
 * a library may fail that would not fail otherwise, so a failure proves no outage.
 */
export function inheritedNames(): readonly string[] {
  const foreign: string[] = [];
  for (const name of Reflect.ownKeys(Object.prototype)) {
    if (!standardMembers.has(name) || Reflect.get(Object.prototype, name) !== standardMembers.get(name)) {
      foreign.push(String(name));
    }
  }
  return foreign;
}

function isMember(object: object, name: string): boolean {
  for (let owner: object | null = object; isDeclaring(owner); owner = Object.getPrototypeOf(owner) as object | null) {
    if (Object.hasOwn(owner, name)) return true;
  }
  return false;
}

function isDeclaring(object: object | null): object is object {
  return object !== null && object !== Object.prototype;
}

/*
 * Valibot goes through the entries of an object schema by `for … in`, and would take a member that every object inherits for
 * one of them: each answer would be a wrong one. An entry's `fallback`, which it looks for, would stand in for what an answer
 * lacks.
 */

/** `v.object`, whose entries are its own, and inherit nothing. */
export function ownObject<const Entries extends v.ObjectEntries>(entries: Entries): v.ObjectSchema<Entries, undefined> {
  return disinherit(v.object(bareOptions(entries)));
}

/** `v.strictObject`, whose entries are its own, and inherit nothing. */
export function ownStrictObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  return disinherit(v.strictObject(bareOptions(entries)));
}

/** Schemas that inherit nothing any more: one within others is not gone through once for each of them. */
const disinherited = new WeakSet<object>();

/** Has a schema and all schemas within it inherit nothing: they are plain objects, which valibot made for us alone. */
function disinherit<Node extends object>(node: Node): Node {
  disinherited.add(node);
  for (const name of Object.keys(node)) {
    const value: unknown = Object.getOwnPropertyDescriptor(node, name)!.value;
    if (typeof value !== "object" || value === null || disinherited.has(value)) continue;
    if (Array.isArray(value) || isPlainRecord(value)) disinherit(value);
  }
  if (Object.getPrototypeOf(node) === Object.prototype) Object.setPrototypeOf(node, null);
  return node;
}

/** What bare records inherit from: nothing at all. */
const nothing: object = Object.freeze(Object.create(null));

const BareRecord = function (): void {} as unknown as new () => object;
BareRecord.prototype = nothing;

/**
 * Creates a record in which a name is a name: `constructor` and `__proto__` are there when they were put there. As good as
 * `Object.create(null)`, which engines keep as a hash table at four times the cost.
 */
export function createNullProtoRecord<Value>(): Record<string, Value> {
  return new BareRecord() as Record<string, Value>;
}

/** True for what is an object of plain members and nothing else: a literal, `Object.create(null)` or a bare record. */
export function isPlainRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === nothing;
}
