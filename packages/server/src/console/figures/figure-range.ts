import { isActionCode } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import { type ActionFigures, type FigureRecord, type FigureUnit, mergeFigures } from "@require-action/engine/figures";
import { address } from "../page/return-to.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** How long a range is, what its records are of, and how many of them one point of a plot has. */
interface RangeShape {
  readonly label: string;
  readonly unit: FigureUnit;
  readonly points: number;
  readonly pointMs: number;
}

export type RangeName = "24h" | "7d" | "30d" | "90d";

/** The ranges, shortest first. */
export const ranges: Readonly<Record<RangeName, RangeShape>> = {
  "24h": { label: "24 hours", unit: "hour", points: 24, pointMs: HOUR },
  "7d": { label: "7 days", unit: "day", points: 7, pointMs: DAY },
  "30d": { label: "30 days", unit: "day", points: 30, pointMs: DAY },
  "90d": { label: "90 days", unit: "day", points: 90, pointMs: DAY },
};

/** What a page of figures shows, as its address says. */
export interface FigureQuery {
  readonly range: RangeName;
  /** The action code; all of them when absent. */
  readonly code?: string;
}

/** Reads the query of an address. @throws EngineError `request_invalid` that names what cannot be read */
export function parseFigureQuery(search: URLSearchParams): FigureQuery {
  const given = (name: string): string | undefined => search.get(name)?.trim() || undefined;
  const range = given("range") ?? "24h";
  const code = given("action");
  if (!Object.hasOwn(ranges, range)) throw new EngineError("request_invalid", "The range cannot be read.");
  if (code !== undefined && !isActionCode(code)) {
    throw new EngineError("request_invalid", "The filter action cannot be read.");
  }
  return { range: range as RangeName, ...(code !== undefined && { code }) };
}

/** The address of a page of figures. */
export function figureAddress(
  page: string,
  { range, code }: FigureQuery,
  more: Readonly<Record<string, string>> = {},
): string {
  return address(page, { range: range === "24h" ? undefined : range, action: code, ...more });
}

/** The figures of a time, and those of the action code that is asked for, or of all codes added up. */
export interface FigurePoint {
  readonly record: FigureRecord;
  readonly actions: ActionFigures;
}

/** The figures of a range, and of the same time a week before. */
export interface FigureWindow {
  /** When each point begins. */
  readonly times: readonly number[];
  readonly pointMs: number;
  readonly points: readonly FigurePoint[];
  readonly pointsBefore: readonly FigurePoint[];
  /** All points as one. */
  readonly whole: FigurePoint;
  readonly wholeBefore: FigurePoint;
  /** When the latest of it was counted; 0 where nothing was. */
  readonly countedAt: number;
}

/** Reads the figures of a range that ends now. */
export async function readWindow(
  { figures }: Pick<Engine, "figures">,
  { range, code }: FigureQuery,
  now: number,
): Promise<FigureWindow> {
  const { unit, points: count, pointMs } = ranges[range];
  const end = Math.floor(now / pointMs) * pointMs + pointMs;
  const times = Array.from({ length: count }, (_, index) => end - (count - index) * pointMs);
  const pointOf = (record: FigureRecord): FigurePoint => ({ record, actions: actionsOf(record, code) });
  const read = async (
    shift: number,
  ): Promise<{ readonly points: readonly FigurePoint[]; readonly whole: FigurePoint }> => {
    const from = end - count * pointMs - shift;
    const records = await figures.query({ unit, from, before: end - shift, mayLag: true });
    const within = times.map((): FigureRecord[] => []);
    for (const one of records) within[Math.floor((one.at - from) / pointMs)]?.push(one);
    const points = within.map((parts, index) => mergeFigures(unit, (times[index] ?? 0) - shift, parts));
    return { points: points.map(pointOf), whole: pointOf(mergeFigures(unit, from, points)) };
  };
  const [{ points, whole }, before] = await Promise.all([read(0), read(WEEK)]);
  return {
    times,
    pointMs,
    points,
    whole,
    pointsBefore: before.points,
    wholeBefore: before.whole,
    countedAt: whole.record.countedAt,
  };
}

/** The figures of one action code, or of all added up. */
function actionsOf(record: FigureRecord, code: string | undefined): ActionFigures {
  const all = Object.entries(record.actions).filter(([one]) => code === undefined || one === code);
  const parts = [emptyActions, ...all.map(([, figures]) => figures)];
  return mergeFigures(
    record.unit,
    record.at,
    parts.map((figures) => ({ ...record, actions: { all: figures } })),
  ).actions["all"]!;
}

const emptyActions: ActionFigures = {
  outcomes: {},
  challenges: { asked: 0, passed: 0, failed: 0 },
  methods: {},
  rules: {},
  decisions: {},
  sends: {},
};

/** How often one action code was allowed, challenged, sent to review and blocked. */
export function outcomesOf({ actions }: FigureRecord, code: string): readonly number[] {
  const { outcomes } = Object.hasOwn(actions, code) ? (actions[code] ?? emptyActions) : emptyActions;
  return [outcomes.ALLOW ?? 0, outcomes.CHALLENGE ?? 0, outcomes.REVIEW ?? 0, outcomes.BLOCK ?? 0];
}
