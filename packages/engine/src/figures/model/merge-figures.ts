import { createNullProtoRecord } from "@require-action/core/options";
import { bucketOf } from "./buckets.ts";
import type {
  ActionFigures,
  ActionTally,
  EventTally,
  FigureRecord,
  FigureTallies,
  FigureUnit,
  ReviewTally,
} from "./figure-records.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** Methods that send something; the others only show what is to be signed. */
const sendingMethods: ReadonlySet<string> = new Set(["EMAIL_OTP", "EMAIL_MAGIC_LINK", "SMS", "WHATSAPP"]);

/** Brackets of ages, each with the hours at which the next one begins. */
export const ageBrackets: readonly (readonly [name: string, endsAtHours: number])[] = [
  ["under 1 hour", 1],
  ["1 to 4 hours", 4],
  ["4 to 24 hours", 24],
  ["1 to 3 days", 72],
  ["over 3 days", Number.POSITIVE_INFINITY],
];

/** The beginning of the hour or the day that a time is in. */
export function beginOf(unit: FigureUnit, at: number): number {
  const length = unit === "hour" ? HOUR : DAY;
  return Math.floor(at / length) * length;
}

/** Makes the figures of an hour of all that it holds, part by part. */
export function figuresOfHour(at: number, countedAt: number, parts: readonly FigureTallies[]): FigureRecord {
  const figures = emptyFigures("hour", at, countedAt);
  for (const { actions, events } of parts) {
    for (const one of actions) countActions(figuresOf(figures, one.action), one);
    for (const one of events) countEvents(figures, one);
  }
  return figures;
}

function countActions(figures: Sums<ActionFigures>, tally: ActionTally): void {
  const { outcome, state, verificationMethod: method, tookSeconds, decidedInMs, ruleIds, count } = tally;
  const isAsked = outcome === "CHALLENGE" || outcome === "REVIEW";
  const hasPassed = isAsked && (state === "CHALLENGE_SUCCEEDED" || state === "REVIEW_SUCCEEDED");
  add(figures.outcomes, outcome, count);
  if (outcome === "CHALLENGE") {
    figures.challenges.asked += count;
    if (state === "CHALLENGE_SUCCEEDED") figures.challenges.passed += count;
    if (state === "CHALLENGE_FAILED") figures.challenges.failed += count;
    if (state === "CHALLENGE_SUCCEEDED" && method !== undefined) {
      const proved = methodOf(figures, method);
      proved.passed += count;
      if (tookSeconds !== undefined) add(proved.durations, bucketOf(tookSeconds * 1000), count);
    }
  }
  if (decidedInMs !== undefined) add(figures.decisions, bucketOf(decidedInMs), count);
  for (const ruleId of new Set(ruleIds)) {
    const rule = (figures.rules[ruleId] ??= { hits: 0, asked: 0, passed: 0 });
    rule.hits += count;
    if (isAsked) rule.asked += count;
    if (hasPassed) rule.passed += count;
  }
}

function countEvents(figures: Sums<FigureRecord>, tally: EventTally): void {
  const { type, action = "", verificationMethod: method, count } = tally;
  if (type === "authenticator.locked") figures.locks.authenticator += count;
  else if (type === "user.locked") figures.locks.user += count;
  else if (type === "address.locked") figures.locks.address += count;
  else if (method === undefined) return;
  else if (type === "challenge.tried") methodOf(figuresOf(figures, action), method).tried += count;
  else if (sendingMethods.has(method)) add(figuresOf(figures, action).sends, method, count);
}

/** The open reviews that were counted, by action code and bracket of ages. */
export function openReviewsOf(tallies: readonly ReviewTally[]): NonNullable<FigureRecord["openReviews"]> {
  const open = createNullProtoRecord<Record<string, number>>();
  for (const { action, ageHours, count } of tallies) {
    const [bracket = ""] = ageBrackets.find(([, end]) => ageHours < end) ?? [];
    add((open[action] ??= createNullProtoRecord<number>()), bracket, count);
  }
  return open;
}

/** Adds figures, oldest first, up to those of a longer time. Open reviews are those of the last count within it. */
export function mergeFigures(unit: FigureUnit, at: number, parts: readonly FigureRecord[]): FigureRecord {
  const sum = emptyFigures(unit, at, 0);
  for (const { countedAt, locks, actions, openReviews } of parts) {
    sum.countedAt = Math.max(sum.countedAt, countedAt);
    addAll(sum.locks, locks);
    for (const [code, figures] of Object.entries(actions)) addAll(figuresOf(sum, code), figures);
    if (openReviews !== undefined) sum.openReviews = openReviews;
  }
  return sum;
}

/** Figures that are being added up. Codes, rules and methods have names of their authors' choice, so the records inherit nothing. */
type Sums<Figures> = { -readonly [Name in keyof Figures]: Sums<Figures[Name]> };

interface Tree {
  [name: string]: number | Tree;
}

/** Adds the numbers of one tree to those at the same places of another. */
function addAll(sum: object, part: object): void {
  const tree = sum as Tree;
  for (const name of Object.keys(part)) {
    const value = (part as Tree)[name]!;
    if (typeof value === "number") add(tree, name, value);
    else addAll((tree[name] ??= createNullProtoRecord<number>()) as Tree, value);
  }
}

function add(counts: object, name: string | number, count: number): void {
  const sums = counts as Record<string, number>;
  sums[name] = (sums[name] ?? 0) + count;
}

function emptyFigures(unit: FigureUnit, at: number, countedAt: number): Sums<FigureRecord> {
  return { unit, at, countedAt, actions: createNullProtoRecord(), locks: { authenticator: 0, user: 0, address: 0 } };
}

function figuresOf(figures: Sums<FigureRecord>, code: string): Sums<ActionFigures> {
  return (figures.actions[code] ??= {
    outcomes: createNullProtoRecord<number>(),
    challenges: { asked: 0, passed: 0, failed: 0 },
    methods: createNullProtoRecord(),
    rules: createNullProtoRecord(),
    decisions: createNullProtoRecord(),
    sends: createNullProtoRecord(),
  });
}

function methodOf({ methods }: Sums<ActionFigures>, method: string): Sums<ActionFigures["methods"][string]> {
  return (methods[method] ??= { tried: 0, passed: 0, durations: createNullProtoRecord() });
}
