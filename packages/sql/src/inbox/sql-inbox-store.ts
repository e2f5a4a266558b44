import type { InboxRecord, InboxStore } from "@require-action/core/agents";
import { createSweeper, SWEEP_MARGIN_MS, sweepStatement } from "../database/retention.ts";
import type { Driver, Statement } from "../database/driver.ts";
import { DOCUMENT, ownRecordOf } from "../store/records/documents.ts";
import { createStoreContext } from "../store/records/store-context.ts";
import { createAttemptVerbs } from "../store/verbs/challenge-verbs.ts";

/** Creates the store of an inbox over a driver. Its unique indexes give each place to one, however many ask at once. */
export function createSqlInboxStore(driver: Driver): InboxStore {
  const context = createStoreContext(driver);
  const { dialect, run } = context;
  const { countAttempt } = createAttemptVerbs(context);
  const inbox = dialect.table("inbox");
  const forget: Statement = { main: `DELETE FROM ${inbox} WHERE user_id = $userId AND expires_at <= $now RETURNING 1` };
  const insert: Statement = {
    main: `INSERT INTO ${inbox} (document) VALUES ($document) ON CONFLICT DO NOTHING RETURNING inbox_id`,
  };
  const list: Statement = {
    main: `SELECT ${DOCUMENT} FROM ${inbox} WHERE user_id = $userId AND expires_at > $now ORDER BY sequence`,
  };
  const find: Statement = {
    main: `SELECT ${DOCUMENT} FROM ${inbox} WHERE idempotency_key = $idempotencyKey AND expires_at > $now`,
  };
  const replace: Statement = {
    main: `UPDATE ${inbox} SET document = $document WHERE inbox_id = $inboxId AND version = $version RETURNING inbox_id`,
  };
  const sweep = sweepStatement(dialect, "inbox", "sequence", "expires_at", "$before");
  const scheduleSweep = createSweeper((now: number) => run(sweep, { before: now - SWEEP_MARGIN_MS }));

  return {
    name: dialect.name,
    async insert(record, now) {
      await run(forget, { userId: record.user, now });
      const rows = await run(insert, { document: record });
      scheduleSweep(now);
      return rows.length === 1;
    },
    async list(userId, now) {
      const rows = await run(list, { userId, now });
      return rows.map((row) => ownRecordOf(row) as InboxRecord);
    },
    async find(idempotencyKey, now) {
      const [row] = await run(find, { idempotencyKey, now });
      return ownRecordOf(row) as InboxRecord | undefined;
    },
    async replace(record) {
      const rows = await run(replace, { inboxId: record.id, version: record.version - 1, document: record });
      return rows.length === 1;
    },
    async countNotice(user, most, windowMs, now) {
      return (await countAttempt(["inbox notices", user], most, windowMs, now)).allowed;
    },
  };
}
