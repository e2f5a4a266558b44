import { printable } from "../lib/terminal.ts";
import type { Example, NewOutcome, Shifts } from "./backtest.ts";

const THEN = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const;
const NOW: readonly NewOutcome[] = [...THEN, "REFUSED"];
const WIDTH = 11;

/** The shifts as a person reads them. */
export function describeShifts({ judged, changed, counts, examples, malformed, lacking, unjudged }: Shifts): string {
  const table = [
    ["recorded", ...NOW],
    ...THEN.filter((from) => counts.has(from)).map((from) => [
      from,
      ...NOW.map((to) => String(counts.get(from)?.get(to) ?? 0)),
    ]),
  ];
  const lines = [
    `${judged} judged anew, ${changed} of them come out otherwise; ${unjudged + malformed} not judged.`,
    "",
    ...table.map(([first = "", ...cells]) => first.padEnd(WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join("")),
  ];
  if (examples.length > 0) lines.push("", "Examples", ...examples.map(exampleLine));
  if (unjudged + malformed > 0) {
    lines.push("", "Not judged");
    if (malformed > 0) lines.push(`  ${malformed} lines are no action records`);
    const byCount = [...lacking].sort(([, one], [, other]) => other - one);
    for (const [name, count] of byCount) lines.push(`  ${count} do not tell ${printable(name)} as this policy has it`);
  }
  return lines.join("\n");
}

/** The shifts for a program. */
export function shiftsJson({ counts, lacking, ...others }: Shifts): string {
  const matrix = Object.fromEntries(Array.from(counts, ([from, row]) => [from, Object.fromEntries(row)]));
  return JSON.stringify({ ...others, counts: matrix, lacking: Object.fromEntries(lacking) }, undefined, 2);
}

function exampleLine({ from, to, action, userId, createdAt, rulesThen, rulesNow }: Example): string {
  const when =
    createdAt === undefined || !Number.isFinite(new Date(createdAt).getTime()) ? "" : new Date(createdAt).toISOString();
  const rules = `${rulesThen.join(", ") || "default"} → ${rulesNow.join(", ") || "default"}`;
  return printable(
    `  ${from} → ${to}  ${action}  ${userId}  ${when}  by ${rules}`.replaceAll(/ {3,}/g, "  "),
  ).trimEnd();
}
