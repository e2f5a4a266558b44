import { readArguments, usageOf } from "./arguments.ts";
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
const { groups: asked, pace, writes } = readArguments(words, Object.keys(groups));
const machine = describeMachine();
const reports: GroupReport[] = [];
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  const measure = await groups[name]!();
  const report = await measure(pace);
  console.log(printReport(report));
  reports.push(report);
}
// Slow is a figure; a subject that did not do its work is a fault, and its figures must not be written down.
if (!reports.flatMap(({ work }) => work).every(didItsWork)) process.exitCode = 1;
else if (writes) writePage(reports, machine);
