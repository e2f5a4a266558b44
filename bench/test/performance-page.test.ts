import { expect, it } from "vitest";
import type { Machine } from "../src/page/machine.ts";
import { performancePage } from "../src/page/performance-page.ts";
import type { Aim, GroupReport } from "../src/report.ts";

const machine: Machine = {
  cpu: "A CPU",
  cores: 2,
  memoryGigabytes: 4,
  node: "v20.19.0",
  platform: "linux x64",
  loadBefore: 0.1,
  versions: { express: "5.0.0" },
};
const aim = (id: string, measured: number): Aim => ({
  id,
  what: `What ${id} demands`,
  measured,
  unit: "×",
  bound: { atLeast: 0.9 },
});
const report: GroupReport = {
  title: "Group",
  tables: [
    { title: "A table", columns: [{ name: "a|b", digits: 1 }], rows: [{ subject: "ours", figures: [1234.56] }] },
  ],
  aims: [aim("met", 0.9), aim("missed", 0.89), aim("unexplained", Number.NaN)],
  work: [],
  skipped: ["Redis is not there"],
};
const commentary = { limits: { met: "Never shown.", missed: "The disk." }, methods: { Group: "With care." } };

it("tells of each aim whether it is met, and of those that are missed what limits them", () => {
  const page = performancePage([report], machine, commentary);
  expect(page).toContain("1 of 3 are met.");
  expect(page).toContain("| What met demands | ≥ 0.9 × | 0.9 × | yes |");
  expect(page).toContain("| What missed demands | ≥ 0.9 × | 0.89 × | **no** |");
  expect(page).toContain("- **What missed demands.** The disk.");
  expect(page).toContain("- **What unexplained demands.** Not looked into yet.");
  expect(page).not.toContain("Never shown.");
});

it("has the figures, how they were measured, and what was skipped", () => {
  const page = performancePage([report], machine, commentary);
  expect(page).toContain("## Group\n\nWith care.\n\n**Skipped:** Redis is not there\n\n### A table");
  expect(page).toContain("|  | a\\|b |\n| --- | ---: |\n| ours | 1,234.6 |");
  expect(page).toContain("A CPU, 2 cores");
  expect(page).toContain("express 5.0.0");
});
