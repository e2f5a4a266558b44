import { describe, expect, it } from "vitest";
import { timeOrderedId } from "../src/decisions/new-action.ts";

describe("the id of an action", () => {
  it("is a UUID of version 7, with the time of its making", () => {
    const id = timeOrderedId(0x0199_abcd_ef01);
    expect(id).toMatch(/^0199abcd-ef01-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("comes after those that were made before, and is like no other of the same time", () => {
    const times = [0, 1, 15, 16, 1_795_894_926_462, 2 ** 48 - 1];
    const ids = times.map(timeOrderedId);
    expect(ids.toSorted()).toEqual(ids);
    const ofOneTime = new Set(Array.from({ length: 1_000 }, () => timeOrderedId(1.5)));
    expect(ofOneTime.size).toBe(1_000);
  });
});
