import type { Store } from "@require-action/engine";
import type { OutboxRecord } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/driver.ts";
import { DOCUMENT, patchOf, recordOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";

/** The verbs of the outbox. */
export function createOutboxVerbs({
  dialect,
  run,
}: StoreContext): Pick<Store, "putOutbox" | "settleOutbox" | "takeOutbox"> {
  const { table, isAmong, patched, skipLocked } = dialect;
  const outbox = table("outbox");
  const due = `SELECT event_id FROM ${outbox} WHERE due_at <= $now AND expires_at > $now
    ORDER BY due_at LIMIT $limit ${skipLocked}`;
  const take: Statement = {
    main: `UPDATE ${outbox} SET due_at = $until, attempts = attempts + 1 WHERE ${isAmong("event_id", due)}
      RETURNING ${DOCUMENT}, due_at, attempts`,
  };
  const remove: Statement = { main: `DELETE FROM ${outbox} WHERE event_id = $eventId RETURNING event_id` };
  const postpone: Statement = {
    main: `UPDATE ${outbox} SET due_at = $until WHERE event_id = $eventId RETURNING event_id`,
  };
  const renew: Statement = {
    main: `UPDATE ${outbox} SET due_at = $until, attempts = 0, document = ${patched("document", "$changes")}
      WHERE event_id = $eventId RETURNING event_id`,
  };
  const put: Statement = { main: "SELECT true AS applied", followUp: [announcing(dialect)] };

  return {
    async takeOutbox(now, until, limit) {
      const rows = await run(take, { now, until, limit });
      return rows.map((row): OutboxRecord => {
        const [dueAt, attempts] = [Number(row["due_at"]), Number(row["attempts"])];
        return { ...(recordOf(row) as OutboxRecord), dueAt, attempts };
      });
    },
    async settleOutbox(eventId, dueAt, data) {
      if (dueAt === undefined) await run(remove, { eventId });
      else if (data === undefined) await run(postpone, { eventId, until: dueAt });
      else await run(renew, { eventId, until: dueAt, changes: patchOf({ data }) });
    },
    putOutbox: async (news) => void (await run(put, { news: [news] })),
  };
}

/** Puts the news of a step into the outbox, together with it. */
export function announcing({ table, elements, field }: Dialect): string {
  return `INSERT INTO ${table("outbox")} (event_id, document, due_at, expires_at, attempts)
    SELECT ${field(["eventId"], "text")}, document, ${field(["dueAt"], "number")}, ${field(["expiresAt"], "number")}, 0
    FROM (${elements("$news")}) AS sent WHERE EXISTS (SELECT 1 FROM applied) ON CONFLICT (event_id) DO NOTHING`;
}
