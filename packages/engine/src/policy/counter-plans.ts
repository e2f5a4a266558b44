import { nearest } from "@require-action/core/options";
import type { Counter, DataPoint } from "./model/policy.ts";
import type { CounterPlan } from "./model/types.ts";
import type { Part } from "./read-policy.ts";
import type { Mistakes } from "./reading/mistakes.ts";

/** A declared counter, and the actions that add to it. */
export interface PlannedCounter {
  readonly plan: Omit<CounterPlan, "bumps">;
  readonly actions: ReadonlySet<string>;
}

/** Reads the declared counters; each names actions of the policy, and a sum names a number that comes with them. */
export function planCounters(
  counters: readonly Part<Counter>[],
  actionCodes: ReadonlySet<string>,
  dataPoints: ReadonlyMap<string, DataPoint>,
  mistakes: Mistakes,
): PlannedCounter[] {
  return counters.flatMap(({ value: counter, path }) => {
    const { name, kind, by, actions } = counter;
    for (const [index, code] of actions.entries()) {
      if (actionCodes.has(code)) continue;
      mistakes.add([...path, "actions", index], "is not an action of this policy", nearest(code, actionCodes));
    }
    const windowMs = parseWindow(counter.window, LONGEST_DAYS);
    if (windowMs === undefined) {
      mistakes.add([...path, "window"], "is longer than 90 days");
      return [];
    }
    const field = summedField({ value: counter, path }, dataPoints, mistakes);
    return [{ plan: { name, kind, by, windowMs, ...field }, actions: new Set(actions) }];
  });
}

function summedField(
  { value: { kind, field }, path }: Part<Counter>,
  dataPoints: ReadonlyMap<string, DataPoint>,
  mistakes: Mistakes,
): Pick<CounterPlan, "field" | "fieldType"> {
  if (kind === "count") {
    if (field !== undefined) mistakes.add([...path, "field"], "is only for a sum");
    return {};
  }
  if (field === undefined) {
    mistakes.add([...path, "field"], "is missing: it names the data point to sum");
    return {};
  }
  const dataPoint = dataPoints.get(field);
  if (dataPoint === undefined) {
    mistakes.add([...path, "field"], "is not a data point of this policy", nearest(field, dataPoints.keys()));
    return {};
  }
  const { type, model = "action" } = dataPoint;
  if (model === "action" && (type === "number" || type === "decimal")) return { field, fieldType: type };
  mistakes.add(
    [...path, "field"],
    `is a ${type} of the ${model}: only a number or decimal of the action can be summed`,
  );
  return {};
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 90;

/** Reads `30s`, `15m`, `24h` or `7d` as milliseconds; `undefined` when it is none of these, or longer than so many days. */
export function parseWindow(text: string, mostDays: number): number | undefined {
  const unit = UNIT_MS.get(text.slice(-1));
  const count = Number(text.slice(0, -1));
  if (unit === undefined || !Number.isSafeInteger(count) || count < 1) return undefined;
  const windowMs = count * unit;
  return windowMs <= mostDays * DAY_MS ? windowMs : undefined;
}
