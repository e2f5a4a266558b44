import { RequireActionError } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { createHarness } from "./harness.ts";

const odd = [
  undefined,
  null,
  0,
  "",
  "x",
  5n,
  Symbol("odd"),
  [],
  {},
  () => {},
  { userId: 5 },
  { userId: "alice", action: null },
];
const second = [undefined, null, 5, {}, { signal: new AbortController().signal }];
/** Members of the provider port that guards call, with what they have read themselves. */
const portOnly = new Set(["engine.declareAction", "engine.dataPoints", "engine.shownDataPoints"]);

type Method = (...parameters: unknown[]) => unknown;

function methodsOf(object: object, path: string): readonly (readonly [name: string, method: Method])[] {
  return Object.entries(object).flatMap(([name, member]: [string, unknown]) => {
    const full = `${path}.${name}`;
    if (typeof member === "function") return portOnly.has(full) ? [] : [[full, member as Method] as const];
    return typeof member === "object" && member !== null ? methodsOf(member, full) : [];
  });
}

describe("C70: odd arguments", () => {
  it.each(methodsOf(createHarness().engine, "engine"))("of %s get errors of the catalogue", async (_name, method) => {
    const foreign: unknown[] = [];
    for (const one of odd) {
      for (const other of second) {
        try {
          await method(one, other);
        } catch (error) {
          if (!(error instanceof RequireActionError)) foreign.push(error);
        }
      }
    }
    expect(foreign).toEqual([]);
  });
});
