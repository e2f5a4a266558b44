import { describe, expect, it } from "vitest";
import { createPrivateNotes } from "../src/lib/private-notes.ts";

const kinds: readonly (readonly [string, () => object])[] = [
  ["a plain object", () => ({})],
  ["an object of a class", () => new URL("https://bank.example")],
  ["a record without a prototype", () => Object.create(null) as object],
  ["a frozen object", () => Object.freeze({})],
  ["a sealed object", () => Object.seal({ a: 1 })],
  ["a function", () => () => {}],
  ["a proxy", () => new Proxy({}, {})],
  ["a proxy that refuses everything", () => new Proxy({}, refusing)],
];
const refuse = (): never => {
  throw new Error("refused");
};
const refusing: ProxyHandler<object> = {
  get: refuse,
  set: refuse,
  has: refuse,
  ownKeys: refuse,
  defineProperty: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
  isExtensible: refuse,
  preventExtensions: refuse,
};

describe.each(kinds)("a note about %s", (_kind, create) => {
  it("is there once it is made, and can be replaced", () => {
    const notes = createPrivateNotes<string>();
    const object = create();
    expect(notes.get(object)).toBeUndefined();
    notes.set(object, "one");
    expect(notes.get(object)).toBe("one");
    notes.set(object, "two");
    expect(notes.get(object)).toBe("two");
  });

  it("T34: is about this very object: none that inherits from it, copies or wraps it, has the note", () => {
    const notes = createPrivateNotes<string>();
    const object = create();
    notes.set(object, "secret");
    expect(notes.get(Object.create(object) as object)).toBeUndefined();
    expect(notes.get(new Proxy(object, {}))).toBeUndefined();
    expect(createPrivateNotes<string>().get(object)).toBeUndefined();
  });
});

it("a note is no member: nothing that looks at the object finds it", () => {
  const notes = createPrivateNotes<string>();
  const object = { amount: "1.00" };
  notes.set(object, "secret");
  expect(Reflect.ownKeys(object)).toEqual(["amount"]);
  expect(JSON.stringify(object)).toBe('{"amount":"1.00"}');
  expect(notes.get({ ...object })).toBeUndefined();
  expect(notes.get(structuredClone(object))).toBeUndefined();
});
