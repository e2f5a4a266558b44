import { type Aim, type GroupReport, isMet } from "./report.ts";
import type { Machine } from "./page/machine.ts";

/** A run as `--save` keeps it. */
export interface SavedRun {
  readonly machine: Machine;
  readonly reports: readonly GroupReport[];
}

/** Two runs differ by this much without a reason. */
const NOISE = 0.1;

/** Reads what `--save` wrote. @throws TypeError for anything else */
export function readSavedRun(text: string, file: string): SavedRun {
  const read: unknown = ((): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  })();
  const { reports, machine } = (read ?? {}) as Partial<SavedRun>;
  if (!Array.isArray(reports) || machine === undefined)
    throw new TypeError(`${file} is no run that --save has written.`);
  return read as SavedRun;
}

/** Tells what became of each aim since an earlier run: figures are ratios, so that runs of one machine can be compared. */
export function compareRuns(earlier: SavedRun, now: SavedRun): string {
  const before = new Map(aimsOf(earlier).map((aim) => [aim.id, aim]));
  const lines = aimsOf(now).map((aim) => {
    const known = before.get(aim.id);
    return known === undefined ? `  new     ${aim.what}: ${figure(aim)}` : describeChange(known, aim);
  });
  const left = aimsOf(earlier).filter(({ id }) => !aimsOf(now).some((aim) => aim.id === id));
  return [
    "\n═══ Against the earlier run ═══",
    `  then: ${machineOf(earlier)}`,
    `  now:  ${machineOf(now)}`,
    ...lines,
    ...left.map(({ what }) => `  not now ${what}`),
  ].join("\n");
}

/** The machine of a run, on one line. */
export function machineOf({ machine: { cpu, cores, node, loadBefore } }: Pick<SavedRun, "machine">): string {
  return `${cpu}, ${cores} cores, Node ${node}, load ${loadBefore.toFixed(1)}`;
}

function aimsOf({ reports }: SavedRun): readonly Aim[] {
  return reports.flatMap(({ aims }) => aims);
}

function describeChange(before: Aim, now: Aim): string {
  const change = now.measured / before.measured;
  const gain = "atLeast" in now.bound ? change : 1 / change;
  const verdict = gain < 1 - NOISE ? "WORSE" : gain > 1 + NOISE ? "better" : "same";
  const lost = isMet(before) && !isMet(now) ? ", and no longer met" : "";
  return `  ${verdict.padEnd(7)} ${now.what}: ${figure(before)} → ${figure(now)}${lost}`;
}

function figure({ measured, unit }: Aim): string {
  return `${measured.toLocaleString("en", { maximumSignificantDigits: 3 })}${unit === "" ? "" : ` ${unit}`}`;
}
