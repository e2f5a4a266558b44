import { type ActionFigures, ageBrackets, type FigureRecord, quantileOf } from "@require-action/engine/figures";
import { methodName } from "../page/method-name.ts";
import type { FigurePoint, FigureWindow } from "./figure-range.ts";

/** What a value is: a count, a share from 0 to 1, or milliseconds. */
export type ValueKind = "count" | "share" | "duration";

/** Values of one name over a range. `undefined` where there is nothing that a value could be of. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
  readonly before: readonly (number | undefined)[];
  readonly total: number | undefined;
  readonly totalBefore: number | undefined;
}

/** A figure by name, as the page, its table and its file show it. */
export interface Figure {
  readonly id: FigureId;
  readonly title: string;
  /** What is counted, in a sentence. */
  readonly about: string;
  readonly kind: ValueKind;
  readonly series: readonly Series[];
}

/** What one point, or all of them, has to say: values by the names of series. */
type Reading = ReadonlyMap<string, number | undefined>;

interface Definition {
  readonly title: string;
  readonly about: string;
  readonly kind: ValueKind;
  read(record: FigureRecord, actions: ActionFigures, code: string | undefined): Reading;
}

export type FigureId = "outcomes" | "passed" | "time" | "reviews" | "decisions" | "sends" | "locks";

const definitions: Readonly<Record<FigureId, Definition>> = {
  outcomes: {
    title: "Outcomes",
    about: "Decisions, by what they said.",
    kind: "count",
    read: (_record, { outcomes }) =>
      new Map([
        ["Allowed", outcomes.ALLOW ?? 0],
        ["Challenged", outcomes.CHALLENGE ?? 0],
        ["To review", outcomes.REVIEW ?? 0],
        ["Blocked", outcomes.BLOCK ?? 0],
      ]),
  },
  passed: {
    title: "Challenges passed",
    about:
      "Of the challenges that began then, the share that has been passed since; by method, of those in which it was tried.",
    kind: "share",
    read: (_record, { challenges: { asked, passed }, methods }) =>
      new Map([
        ["All challenges", shareOf(passed, asked)],
        ...Object.entries(methods).map(([name, one]) => [methodName(name), shareOf(one.passed, one.tried)] as const),
      ]),
  },
  time: {
    title: "Time to pass",
    about:
      "From the decision to the end of a challenge that was passed: the middle one of all, and what 95 of 100 took at most.",
    kind: "duration",
    read: (_record, { methods }) =>
      new Map(
        Object.entries(methods).flatMap(([name, { durations }]) => [
          [`${methodName(name)}, median`, quantileOf(durations, 0.5)] as const,
          [`${methodName(name)}, 95th percentile`, quantileOf(durations, 0.95)] as const,
        ]),
      ),
  },
  reviews: {
    title: "Open reviews",
    about: "Reviews that were open at the last count within the time, by how long they had waited.",
    kind: "count",
    read: ({ openReviews }, _actions, code) => {
      const counts = Object.entries(openReviews ?? {}).filter(([one]) => code === undefined || one === code);
      const countOf = (bracket: string): number => counts.reduce((sum, [, ages]) => sum + (ages[bracket] ?? 0), 0);
      return new Map(
        ageBrackets.map(([bracket]) => [
          `${bracket.charAt(0).toUpperCase()}${bracket.slice(1)}`,
          openReviews === undefined ? undefined : countOf(bracket),
        ]),
      );
    },
  },
  decisions: {
    title: "Time to decide",
    about: "From the call to the decision: facts and rules. The record of it is written after that.",
    kind: "duration",
    read: (_record, { decisions }) =>
      new Map([
        ["Median", quantileOf(decisions, 0.5)],
        ["95th percentile", quantileOf(decisions, 0.95)],
      ]),
  },
  sends: {
    title: "Codes and links sent",
    about: "Messages to users, by method.",
    kind: "count",
    read: (_record, { sends }) =>
      new Map(Object.entries(sends).map(([name, count]) => [methodName(name), count] as const)),
  },
  locks: {
    title: "Lock-outs",
    about: "What too many wrong answers have locked, of all actions.",
    kind: "count",
    read: ({ locks: { authenticator, user, address } }) =>
      new Map([
        ["Authenticators", authenticator],
        ["Users", user],
        ["Addresses", address],
      ]),
  },
};

/** The figures over time, in the order of the page. */
export const figureIds: readonly FigureId[] = Object.keys(definitions) as FigureId[];

/** Reads a figure out of a range, of one action code or of all. */
export function readFigure(id: FigureId, window: FigureWindow, code: string | undefined): Figure {
  const { title, about, kind, read } = definitions[id];
  const reading = ({ record, actions }: FigurePoint): Reading => read(record, actions, code);
  const [whole, wholeBefore] = [reading(window.whole), reading(window.wholeBefore)];
  const points = window.points.map(reading);
  const pointsBefore = window.pointsBefore.map(reading);
  const missing = kind === "count" && id !== "reviews" ? 0 : undefined;
  const series = [...new Set([...whole.keys(), ...wholeBefore.keys()])].map((name): Series => ({
    name,
    values: points.map((one) => one.get(name) ?? missing),
    before: pointsBefore.map((one) => one.get(name) ?? missing),
    total: whole.get(name) ?? missing,
    totalBefore: wholeBefore.get(name) ?? missing,
  }));
  return { id, title, about, kind, series };
}

/** The share that a part is of a whole; `undefined` of nothing. */
export function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : Math.min(1, part / whole);
}
