import { describe, expect, it } from "vitest";
import { createNullProtoRecord, isPlainRecord } from "../src/lib/own-members.ts";

describe("T40: a bare record", () => {
  it.each(["constructor", "toString", "hasOwnProperty", "__proto__", "valueOf"])(
    "has no %s of its own accord",
    (name) => {
      expect(createNullProtoRecord()[name]).toBeUndefined();
    },
  );

  it.each(["constructor", "__proto__"])("takes %s as a name like any other", (name) => {
    const record = createNullProtoRecord<unknown>();
    record[name] = { isAdmin: true };
    expect(Object.keys(record)).toEqual([name]);
    expect(record["isAdmin"]).toBeUndefined();
    expect(createNullProtoRecord()[name]).toBeUndefined();
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });

  it("shares nothing that could be changed", () => {
    expect(Object.isFrozen(Object.getPrototypeOf(createNullProtoRecord()))).toBe(true);
  });

  it("is a plain record, as literals are and instances are not", () => {
    expect([createNullProtoRecord(), {}, Object.create(null)].map(isPlainRecord)).toEqual([true, true, true]);
    expect([new Date(), [], new Map(), Object.create({ inherited: 1 })].map(isPlainRecord)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
