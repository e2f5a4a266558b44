import {
  type ActionTally,
  countedEvents,
  type EventTally,
  type FigureRecord,
  type FigureStore,
  type ReviewTally,
  triedEvents,
} from "../../figures/model/figure-records.ts";
import type { AuditEvent } from "../audit-event.ts";
import { reviewStatus } from "../filters.ts";
import type { ActionRecord } from "../records.ts";
import { joinKey } from "../store.ts";

const HOUR = 60 * 60_000;

const counted: ReadonlySet<string> = new Set(countedEvents);
const tried: ReadonlySet<string> = new Set(triedEvents);

/** Where the memory store's figures are counted from. */
interface FigureSources {
  /** Actions that were tracked from one time to before another. */
  actionsBetween(from: number, before: number): Iterable<ActionRecord>;
  /** Events of such a time. */
  eventsBetween(from: number, before: number): Iterable<AuditEvent>;
}

/** The memory store's figures. Of what it has evicted, as it is full, it counts nothing any more. */
export function createMemoryFigures({ actionsBetween, eventsBetween }: FigureSources): FigureStore {
  const records = new Map<string, FigureRecord>();
  let mark = { through: 0, version: 0, until: 0 };

  return {
    async takeFigures(now, until) {
      if (mark.until > now) return undefined;
      mark = { ...mark, until };
      return { through: mark.through, version: mark.version };
    },
    async tallyFigures(from, before) {
      const actions = createTally<ActionTally>();
      const events = createTally<EventTally>();
      const challenged = new Map<string, string>();
      for (const action of actionsBetween(from, before)) {
        const { action: code, outcome, state, verificationMethod, createdAt, stateUpdatedAt, decidedInMs } = action;
        if (outcome === "CHALLENGE") challenged.set(action.actionId, code);
        actions.add({
          action: code,
          outcome,
          state,
          ...(verificationMethod !== undefined && { verificationMethod }),
          ...(state === "CHALLENGE_SUCCEEDED" && { tookSeconds: Math.floor((stateUpdatedAt - createdAt) / 1000) }),
          ...(decidedInMs !== undefined && { decidedInMs }),
          ruleIds: action.rules.map(({ ruleId }) => ruleId),
        });
      }
      for (const { type, action, verificationMethod } of eventsBetween(from, before)) {
        if (!counted.has(type)) continue;
        events.add({
          type: type as EventTally["type"],
          ...(action !== undefined && { action }),
          ...(verificationMethod !== undefined && { verificationMethod }),
        });
      }
      const tries = new Set<string>();
      // They are later than the actions that they are of, and may be later than the time.
      for (const { type, actionId = "", verificationMethod } of eventsBetween(from, Number.POSITIVE_INFINITY)) {
        const action = challenged.get(actionId);
        if (action === undefined || verificationMethod === undefined || !tried.has(type)) continue;
        const one = joinKey([actionId, verificationMethod]);
        if (tries.has(one)) continue;
        tries.add(one);
        events.add({ type: "challenge.tried", action, verificationMethod });
      }
      return { actions: actions.all(), events: events.all() };
    },
    async listTouchedHours(from, before) {
      const ids = new Set<string>();
      for (const { actionId } of eventsBetween(from, before)) if (actionId !== undefined) ids.add(actionId);
      if (ids.size === 0) return [];
      const hours = new Set<number>();
      for (const { actionId, createdAt } of actionsBetween(0, Number.POSITIVE_INFINITY)) {
        if (ids.has(actionId)) hours.add(Math.floor(createdAt / HOUR) * HOUR);
      }
      return [...hours];
    },
    async tallyOpenReviews(now) {
      const reviews = createTally<ReviewTally>();
      for (const action of actionsBetween(0, Number.POSITIVE_INFINITY)) {
        if (reviewStatus(action, now) !== "open") continue;
        reviews.add({ action: action.action, ageHours: Math.max(0, Math.floor((now - action.createdAt) / HOUR)) });
      }
      return reviews.all();
    },
    async putFigures(figures, { through, version, until, oldestHour }) {
      if (version !== mark.version) return false;
      mark = { through, version: version + 1, until };
      for (const one of figures) records.set(joinKey([one.unit, String(one.at)]), one);
      for (const [key, { unit, at }] of records) if (unit === "hour" && at < oldestHour) records.delete(key);
      return true;
    },
    listFigures: async ({ unit, from, before }) =>
      [...records.values()]
        .filter((one) => one.unit === unit && one.at >= from && one.at < before)
        .toSorted((one, other) => one.at - other.at),
  };
}

/** Counts what is alike in all its fields. */
function createTally<Counted extends { readonly count: number }>(): {
  add(one: Omit<Counted, "count">): void;
  all(): readonly Counted[];
} {
  const counts = new Map<string, number>();
  return {
    add(one) {
      const key = JSON.stringify(one);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    all: () => [...counts].map(([key, count]) => ({ ...(JSON.parse(key) as object), count }) as unknown as Counted),
  };
}
