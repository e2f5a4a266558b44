import { readFileSync, writeFileSync } from "node:fs";
import { readArguments, usageOf } from "./arguments.ts";
import { compareRuns, machineOf, readSavedRun } from "./compare.ts";
import { groups } from "./groups/index.ts";
import { describeMachine } from "./page/machine.ts";
import { writePage } from "./page/write-page.ts";
import { printReport } from "./print.ts";
import { didItsWork, type GroupReport } from "./report.ts";

const words = process.argv.slice(2);
if (words.includes("--help")) {
  console.log(usageOf(Object.keys(groups)));
  process.exit();
}
const { groups: asked, pace, writes, save, compare } = readArguments(words, Object.keys(groups));
const earlier = compare === undefined ? undefined : readSavedRun(readFileSync(compare, "utf8"), compare);
const machine = describeMachine();
console.log(machineOf({ machine }));
const reports: GroupReport[] = [];
const names = asked.length > 0 ? asked : Object.keys(groups);
for (const [index, name] of names.entries()) {
  console.error(`… ${name} (${index + 1} of ${names.length}, ${Math.round(performance.now() / 1_000)} s so far)`);
  const measure = await groups[name]!();
  const report = await measure(pace);
  console.log(printReport(report));
  reports.push(report);
}
if (save !== undefined) writeFileSync(save, JSON.stringify({ machine, reports }));
if (earlier !== undefined) console.log(compareRuns(earlier, { machine, reports }));
// Slow is a figure; a subject that did not do its work is a fault, and its figures must not be written down.
if (!reports.flatMap(({ work }) => work).every(didItsWork)) process.exitCode = 1;
else if (writes) writePage(reports, machine);
