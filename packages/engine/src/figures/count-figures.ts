import { setImmediate as breathe } from "node:timers/promises";
import type { Clock } from "@require-action/core";
import type { FigureMark, FigureRecord, FigureTallies } from "./model/figure-records.ts";
import { beginOf, figuresOfHour, mergeFigures, openReviewsOf } from "./model/merge-figures.ts";
import type { Store } from "../store/store.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Figures are counted so often, by whichever process comes first. */
const EVERY_MS = 30 * SECOND;
/** Counting rests nine times as long as it took, so that it takes a tenth of one processor at most. */
const REST = 9;
/** A process that ended while it was counting holds the others up for no longer. */
const TURN_MS = MINUTE;
/** Rows are there so long after the time that they name, however slow their writing was, and whatever the clocks of processes. */
const LATE_MS = 5 * MINUTE;
/** The first count goes back as far as the console shows, with the week before it. */
const OLDEST_MS = 97 * DAY;
/** Hours of days whose figures may change still. */
const KEPT_HOURS_MS = 40 * DAY;
/** Reviews end within 30 days, and stores keep actions for 31: what is older changes no more, and may not be all there. */
const CLOSED_MS = 30 * DAY + 12 * HOUR;
/** Rows of one statement. Fewer than half of them, and the next one is for a longer time. */
const MOST_ROWS = 10_000;
const SHORTEST_SLICE_MS = SECOND;

/** The verbs that counting takes. */
type CountingStore = Pick<
  Store,
  "listFigures" | "listTouchedHours" | "putFigures" | "takeFigures" | "tallyFigures" | "tallyOpenReviews"
>;

/**
 * Counts what has come since the last count, a day at a time; resolves to false where it is somebody else's turn, or not yet time.
 * Each hour is counted anew as a whole, from the rows, and put in the place of what was there: a count that ended half-way, or was
 * made twice, leaves nothing behind. An hour is counted again when events of its actions have come.
 */
export type CountFigures = () => Promise<boolean>;

export function createCountFigures(store: CountingStore, clock: Clock): CountFigures {
  /** How long the time of one statement is: as short as what it counts is much. */
  let slice = MINUTE;

  async function tallyFrom(from: number, before: number): Promise<FigureTallies & { readonly until: number }> {
    for (;;) {
      const until = Math.min(before, from + slice);
      try {
        return { ...(await store.tallyFigures(from, until)), until };
      } catch (error) {
        // More than the store counts within its deadline, perhaps.
        if (slice <= SHORTEST_SLICE_MS) throw error;
        slice = Math.max(SHORTEST_SLICE_MS, slice / 8);
      }
    }
  }

  async function countHour(at: number): Promise<FigureRecord> {
    const parts: FigureTallies[] = [];
    let from = at;
    while (from < at + HOUR) {
      const part = await tallyFrom(from, at + HOUR);
      parts.push(part);
      from = part.until;
      const rows = [...part.actions, ...part.events].reduce((sum, { count }) => sum + count, 0);
      if (rows > MOST_ROWS) slice = Math.max(SHORTEST_SLICE_MS, slice / 2);
      else if (rows < MOST_ROWS / 2) slice = Math.min(HOUR, slice * 2);
      // A store within this process has held everything else up.
      await breathe();
    }
    return figuresOfHour(at, clock.now(), parts);
  }

  /** True for a day of the past in which nothing was: one look, where there would be one for each hour. */
  async function isQuiet(day: number): Promise<boolean> {
    if (slice < HOUR) return false;
    const { actions, events } = await store.tallyFigures(day, day + DAY);
    return actions.length === 0 && events.length === 0;
  }

  /** The hours to count for what is from `through` to `end`: its own, and those that its events are about. */
  async function hoursOf(through: number, end: number, now: number): Promise<readonly number[]> {
    const hours = new Set<number>();
    const isPast = end < now - LATE_MS;
    if (!isPast || !(await isQuiet(beginOf("day", through)))) {
      for (let at = beginOf("hour", through); at <= end; at += HOUR) hours.add(at);
    }
    for (const at of await store.listTouchedHours(through, end)) if (at > now - CLOSED_MS) hours.add(at);
    return [...hours].toSorted((one, other) => one - other);
  }

  /**
   * Counts a day at most, or what there is of the last. Resolves to the mark then; `undefined` where somebody else has gone on
   * meanwhile.
   */
  async function countPart(
    { through, version }: FigureMark,
    startedAt: number,
  ): Promise<(FigureMark & { readonly isLast: boolean }) | undefined> {
    const now = clock.now();
    const from = Math.max(through, beginOf("day", now - OLDEST_MS));
    const nextDay = beginOf("day", from) + DAY;
    const isLast = nextDay > now - LATE_MS;
    const counted = new Map<number, FigureRecord>();
    const days = new Map<number, FigureRecord[]>();
    for (const at of await hoursOf(from, isLast ? now + LATE_MS : nextDay - 1, now)) {
      const day = beginOf("day", at);
      if (!days.has(day)) {
        days.set(day, [...(await store.listFigures({ unit: "hour", from: day, before: day + DAY }))]);
      }
      const before = days.get(day)?.find((one) => one.at === at);
      if (before !== undefined && at <= now - CLOSED_MS) continue;
      const { openReviews } = before ?? {};
      counted.set(at, { ...(await countHour(at)), ...(openReviews && { openReviews }) });
    }
    if (isLast) {
      const at = beginOf("hour", now);
      const openReviews = openReviewsOf(await store.tallyOpenReviews(now));
      const hour = counted.get(at);
      if (hour !== undefined) counted.set(at, { ...hour, openReviews });
    }
    const sums = [...days].map(([day, known]) => {
      const hours = [...counted.values()].filter(({ at }) => beginOf("day", at) === day);
      const others = known.filter(({ at }) => !counted.has(at));
      return mergeFigures(
        "day",
        day,
        [...hours, ...others].toSorted((one, other) => one.at - other.at),
      );
    });
    const next = isLast ? now - LATE_MS : nextDay;
    const endedAt = clock.now();
    const until = endedAt + (isLast ? Math.max(EVERY_MS, REST * (endedAt - startedAt)) : TURN_MS);
    const mark = { through: next, version, until, oldestHour: now - KEPT_HOURS_MS };
    if (!(await store.putFigures([...counted.values(), ...sums], mark))) return undefined;
    return { through: next, version: version + 1, isLast };
  }

  return async () => {
    const startedAt = clock.now();
    let mark = await store.takeFigures(startedAt, startedAt + TURN_MS);
    while (mark !== undefined) {
      const counted = await countPart(mark, startedAt);
      if (counted?.isLast) return true;
      mark = counted;
    }
    return false;
  };
}
