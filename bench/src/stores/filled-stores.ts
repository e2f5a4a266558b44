import type { Store } from "@require-action/engine";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { consoleRows } from "./console-rows.ts";
import { findPostgres, findSqlite } from "./services.ts";
import { createStatementLog, type StatementLog, timePool, timeSqlite } from "./statement-log.ts";

/** Rows that one statement makes. */
const AT_ONCE = 100_000;
/** Columns of an action that PostgreSQL's trigger would fill from its document, row by row. */
const ACTION_COLUMNS = {
  user_id: "document ->> 'userId'",
  code: "document ->> 'action'",
  idempotency_key: "document ->> 'idempotencyKey'",
  action_id: "document ->> 'actionId'",
  state: "document ->> 'state'",
  created_at: "(document ->> 'createdAt')::double precision",
};

/** A store with the actions that a console is measured on. */
export interface FilledStore {
  readonly store: Store;
  /** What was asked of the database. */
  readonly log: StatementLog;
  readonly now: number;
}

/** Measures SQLite in a temporary file, then PostgreSQL where there is one, each filled with as many actions and emptied afterwards. */
export async function onFilledStores(actions: number, measure: (filled: FilledStore) => Promise<void>): Promise<void> {
  const now = Date.now();
  await onSqlite(actions, now, measure);
  await onPostgres(actions, now, measure);
}

type Measure = (filled: FilledStore) => Promise<void>;

async function onSqlite(actions: number, now: number, measure: Measure): Promise<void> {
  const found = await findSqlite();
  if ("skipped" in found) return console.log(`\nSQLite: ${found.skipped}`);
  const { service } = found;
  try {
    const database = service.open();
    const log = createStatementLog();
    const store = createSqliteStore(timeSqlite(database, log), { migrate: true });
    const begun = performance.now();
    for (const { table, document, where, most } of consoleRows(
      { object: "json_object", array: "json_array" },
      actions,
      now,
    )) {
      const [columns, values] = extraColumns(table);
      for (let from = 1; from <= most; from += AT_ONCE) {
        const to = Math.min(most, from + AT_ONCE - 1);
        database.exec(`WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})
          INSERT INTO require_action_${table} (document${columns})
          SELECT json_patch('{}', ${document})${values} FROM numbers WHERE ${where}`);
      }
    }
    announce("SQLite", actions, begun);
    await measure({ store, log, now });
  } finally {
    await service.close();
  }
}

async function onPostgres(actions: number, now: number, measure: Measure): Promise<void> {
  const found = await findPostgres();
  if ("skipped" in found) return console.log(`\nPostgreSQL: ${found.skipped}`);
  const { service } = found;
  const { pool } = service;
  try {
    const schema = service.createSchema();
    const log = createStatementLog();
    const store = await createPostgresStore(timePool(pool, log), { schema, migrate: true, queryTimeoutMs: 600_000 });
    const begun = performance.now();
    const json = { object: "jsonb_build_object", array: "jsonb_build_array" };
    const tables = new Set<string>();
    for (const { table, document, where, most } of consoleRows(json, actions, now)) {
      tables.add(table);
      let [columns, values] = extraColumns(table);
      if (table === "actions") {
        columns += `, ${Object.keys(ACTION_COLUMNS).join(", ")}`;
        values += `, ${Object.values(ACTION_COLUMNS).join(", ")}`;
      }
      for (let from = 1; from <= most; from += AT_ONCE) {
        const to = Math.min(most, from + AT_ONCE - 1);
        await pool.query(`INSERT INTO "${schema}".${table} (document${columns}) SELECT document${values} FROM (
          SELECT jsonb_strip_nulls(${document}) AS document FROM generate_series(${from}::bigint, ${to}) AS n
          WHERE ${where} OFFSET 0) AS made`);
      }
    }
    for (const table of tables) await pool.query(`VACUUM ANALYZE "${schema}".${table}`);
    announce("PostgreSQL", actions, begun);
    await measure({ store, log, now });
  } finally {
    await service.close();
  }
}

/** Columns that are not made from the document, and their values. */
function extraColumns(table: string): readonly [columns: string, values: string] {
  if (table === "actions") return [", tells_event", ", true"];
  return table === "authenticators" ? [", enrolled_first", ", false"] : ["", ""];
}

function announce(name: string, actions: number, begun: number): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`\n${name}, filled with ${actions.toLocaleString("en")} actions in ${seconds} s\n`);
}
