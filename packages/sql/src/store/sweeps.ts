import type { Store } from "@require-action/engine";
import type { TableName } from "../dialect.ts";
import { createSweeper, SWEEP_MARGIN_MS, sweepStatement } from "../retention.ts";
import type { Retention } from "./retention-options.ts";
import type { StoreContext } from "./store-context.ts";

/** Adds sweeping to the verbs that make tables grow. What has ended is told by the time that the engine goes by. */
export function withSweeps(store: Store, { dialect, run }: StoreContext, { actionsMs, auditMs }: Retention): Store {
  function sweeper(name: TableName, key: string, time: string, keptMs: number | undefined): (now: number) => void {
    if (keptMs === undefined) return () => {};
    const sweep = sweepStatement(dialect, name, key, time, "$before");
    return createSweeper((now: number) => run(sweep, { before: now - keptMs }));
  }

  const challenges = sweeper("challenges", "sequence", "expires_at", SWEEP_MARGIN_MS);
  const attempts = sweeper("attempts", "key", "expires_at", SWEEP_MARGIN_MS);
  const velocity = sweeper("velocity", "key", "expires_at", SWEEP_MARGIN_MS);
  const actions = sweeper("actions", "sequence", "created_at", actionsMs);
  const audit = sweeper("audit", "sequence", "occurred_at", auditMs);

  return {
    ...store,
    async gather(query) {
      const facts = await store.gather(query);
      if (query.counters.length > 0) velocity(query.now);
      return facts;
    },
    async record(action, user, event) {
      const recorded = await store.record(action, user, event);
      actions(action.createdAt);
      audit(event.at);
      return recorded;
    },
    async transition(change, event) {
      const moved = await store.transition(change, event);
      audit(event.at);
      return moved;
    },
    async putChallenge(challenge, event) {
      await store.putChallenge(challenge, event);
      challenges(challenge.createdAt);
      audit(event.at);
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
