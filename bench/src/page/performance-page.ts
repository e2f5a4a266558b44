import { aimCells, tableCells } from "../print.ts";
import { type Aim, type GroupReport, isMet, type Table } from "../report.ts";
import type { Machine } from "./machine.ts";

/** What people wrote, to stand beside the figures. */
export interface Commentary {
  readonly limits: Readonly<Record<string, string>>;
  readonly methods: Readonly<Record<string, string>>;
}

/** Writes the page about one run. */
export function performancePage(
  reports: readonly GroupReport[],
  machine: Machine,
  { limits, methods }: Commentary,
): string {
  const aims = reports.flatMap((report) => report.aims);
  const missed = aims.filter((aim) => !isMet(aim));
  return [
    "# Performance",
    "<!-- Written by `npm run bench -- --write` from one run; the commentary is in bench/src/page/commentary.ts. -->",
    "Ratios against what users would write or pick instead, measured side by side: round after round through all subjects in turn, medians over the rounds. Figures of one machine say little; ratios say more. `npm run bench` measures anew.",
    describe(machine),
    "## Aims",
    `${aims.length - missed.length} of ${aims.length} are met.`,
    markdownTable(
      ["Aim", "Bound", "Measured", "Met?"],
      aims.map((aim) => aimCells(aim)),
    ),
    ...(missed.length === 0
      ? []
      : ["## What limits the aims that are missed", missed.map(limitLine(limits)).join("\n")]),
    ...reports.flatMap((report) => section(report, methods[report.title])),
  ].join("\n\n");
}

function describe({ cpu, cores, memoryGigabytes, node, platform, loadBefore, versions }: Machine): string {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `**Machine:** ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${platform}, Node ${node}; load average before the run: ${loadBefore.toFixed(1)}. **Versions:** ${peers.join(", ")}.`;
}

function limitLine(limits: Commentary["limits"]): (aim: Aim) => string {
  return ({ id, what }) => `- **${what}.** ${limits[id] ?? "Not looked into yet."}`;
}

function section({ title, tables, skipped }: GroupReport, method: string | undefined): readonly string[] {
  return [
    `## ${title}`,
    ...(method === undefined ? [] : [method]),
    ...skipped.map((reason) => `**Skipped:** ${reason}`),
    ...tables.flatMap(tableBlocks),
  ];
}

function tableBlocks(table: Table): readonly string[] {
  return [
    `### ${table.title}`,
    markdownTable(["", ...table.columns.map(({ name }) => name)], tableCells(table)),
    ...(table.note === undefined ? [] : [table.note]),
  ];
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  // Figures stand under each other when they end together.
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return ["<!-- prettier-ignore -->", line(head), line(rule), ...rows.map(line)].join("\n");
}
