import { readArguments } from "./arguments.ts";
import { groups } from "./groups/index.ts";
import { printReport } from "./print.ts";
import { didItsWork, type GroupReport } from "./report.ts";

const { groups: asked, pace } = readArguments(process.argv.slice(2), Object.keys(groups));
const reports: GroupReport[] = [];
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  const measure = await groups[name]!();
  const report = await measure(pace);
  console.log(printReport(report));
  reports.push(report);
}
// Slow is a figure; a subject that did not do its work is a fault.
if (!reports.flatMap(({ work }) => work).every(didItsWork)) process.exitCode = 1;
