import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
import { whenSettled } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import type { Dialect, TableName } from "../database/dialect.ts";
import type { Statement } from "../database/driver.ts";
import { createSweeper, endedQuery, SWEEP_MARGIN_MS, sweepStatement } from "../database/retention.ts";
import type { StoreContext } from "./records/store-context.ts";

const DAY = 24 * 60 * 60_000;
/** Reviews may stay open for 30 days, and what they are about must be there when they are decided. */
const LEAST_MS: number = 31 * DAY;

/** How long what could be kept for good is kept, in milliseconds. What is left out is kept for good. */
export interface Retention {
  /** Actions, from when they were tracked: at least 31 days. */
  readonly actionsMs?: number;
  /** The audit trail: at least 31 days. */
  readonly auditMs?: number;
}

const kept = option.whole({ least: LEAST_MS, unit: "milliseconds" });

/** The schema of a store's `retention`. */
export const retentionSchema: OptionsSchema<Retention> = defineOptions<Retention>({
  required: {},
  optional: { actionsMs: kept, auditMs: kept },
});

/** Adds sweeping to the verbs that make tables grow. The engine's clock decides what has ended. */
export function withSweeps(store: Store, { dialect, run }: StoreContext, { actionsMs, auditMs }: Retention): Store {
  function sweeper(
    name: TableName,
    key: string,
    time: string,
    keptMs: number | undefined,
    sweep: Statement = sweepStatement(dialect, name, key, time, "$before"),
  ): (now: number) => void {
    if (keptMs === undefined) return () => {};
    return createSweeper((now: number) => run(sweep, { before: now - keptMs }));
  }

  const challenges = sweeper("challenges", "sequence", "expires_at", SWEEP_MARGIN_MS);
  const attempts = sweeper("attempts", "key", "expires_at", SWEEP_MARGIN_MS);
  const velocity = sweeper("velocity", "key", "expires_at", SWEEP_MARGIN_MS);
  const outbox = sweeper("outbox", "event_id", "expires_at", SWEEP_MARGIN_MS);
  const sessions = sweeper("sessions", "sequence", "expires_at", SWEEP_MARGIN_MS);
  const outlive = actionsMs !== undefined && (auditMs === undefined || auditMs > actionsMs);
  const actions = sweeper(
    "actions",
    "sequence",
    "created_at",
    actionsMs,
    outlive ? sweepToldActions(dialect) : undefined,
  );
  const audit = sweeper("audit", "sequence", "occurred_at", auditMs);

  return {
    ...store,
    gather: (query) =>
      whenSettled(store.gather(query), (facts) => {
        if (query.counters.length > 0) velocity(query.now);
        return facts;
      }),
    record: (action, user, event, receipt) =>
      whenSettled(store.record(action, user, event, receipt), (recorded) => {
        actions(action.createdAt);
        audit(event.at);
        return recorded;
      }),
    async transition(...step) {
      const [, event] = step;
      const moved = await store.transition(...step);
      audit(event.at);
      return moved;
    },
    async putChallenge(challenge, event) {
      await store.putChallenge(challenge, event);
      challenges(challenge.createdAt);
      audit(event.at);
    },
    async takeOutbox(now, until, limit) {
      const taken = await store.takeOutbox(now, until, limit);
      outbox(now);
      return taken;
    },
    async putSession(session, event) {
      const isNew = await store.putSession(session, event);
      sessions(session.createdAt);
      audit(event.at);
      return isNew;
    },
    async refreshSession(sessionId, generation, event) {
      const refreshed = await store.refreshSession(sessionId, generation, event);
      audit(event.at);
      return refreshed;
    },
    async countAttempt(key, limit, windowMs, now) {
      const count = await store.countAttempt(key, limit, windowMs, now);
      attempts(now);
      return count;
    },
    async appendEvent(event) {
      await store.appendEvent(event);
      audit(event.at);
    },
  };
}

/** Deletes actions whose time was up, and keeps the events that they told, which are kept for longer, in the trail. */
function sweepToldActions(dialect: Dialect): Statement {
  const { name, table, isAmong, trackedEvent } = dialect;
  const actions = table("actions");
  const isEnded = isAmong("sequence", endedQuery(dialect, "actions", "sequence", "created_at", "$before"));
  const keep = (from: string): string =>
    `INSERT INTO ${table("audit")} (document) SELECT ${trackedEvent} FROM ${from} tells_event`;
  if (name === "postgres") {
    return {
      main: `WITH gone AS (DELETE FROM ${actions} WHERE ${isEnded} RETURNING document, tells_event),
        kept AS (${keep("gone WHERE")}) SELECT 1 FROM gone`,
    };
  }
  return {
    main: "SELECT true AS applied",
    followUp: [keep(`${actions} WHERE ${isEnded} AND`), `DELETE FROM ${actions} WHERE ${isEnded}`],
  };
}
