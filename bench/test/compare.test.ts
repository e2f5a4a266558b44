import { expect, it } from "vitest";
import { compareRuns, readSavedRun, type SavedRun } from "../src/compare.ts";
import type { Aim } from "../src/report.ts";

const machine = {
  cpu: "a CPU",
  cores: 2,
  memoryGigabytes: 8,
  node: "v20.19.0",
  platform: "linux x64",
  loadBefore: 0.12,
  versions: {},
};
const aim = (id: string, measured: number, bound: Aim["bound"]): Aim => ({ id, what: id, measured, unit: "×", bound });
const run = (...aims: readonly Aim[]): SavedRun => ({
  machine,
  reports: [{ title: "a group", tables: [], aims, work: [], skipped: [] }],
});

it("tells of each aim whether it is better, worse or the same, whichever way it points", () => {
  const text = compareRuns(
    run(
      aim("speed", 1, { atLeast: 0.9 }),
      aim("cost", 2, { atMost: 3 }),
      aim("size", 10, { atMost: 20 }),
      aim("gone", 1, { atMost: 1 }),
    ),
    run(
      aim("speed", 0.8, { atLeast: 0.9 }),
      aim("cost", 1.5, { atMost: 3 }),
      aim("size", 10.5, { atMost: 20 }),
      aim("fresh", 1, { atMost: 1 }),
    ),
  );
  expect(text.split("\n").slice(4)).toEqual([
    "  WORSE   speed: 1 × → 0.8 ×, and no longer met",
    "  better  cost: 2 × → 1.5 ×",
    "  same    size: 10 × → 10.5 ×",
    "  new     fresh: 1 ×",
    "  not now gone",
  ]);
  expect(text).toContain("a CPU, 2 cores, Node v20.19.0, load 0.1");
});

it("takes for an earlier run what --save has written, and nothing else", () => {
  expect(readSavedRun(JSON.stringify(run()), "a.json").reports).toHaveLength(1);
  for (const text of ["", "null", "[]", "{}", '{"reports":{}}', '{"reports":[]}']) {
    expect(() => readSavedRun(text, "b.json")).toThrow("b.json is no run that --save has written");
  }
});
