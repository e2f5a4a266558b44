// One of several processes that pay approvals, and are killed while they do. Even approvals are claimed in the transaction
// that pays, odd ones before it.
import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { createPostgresLedger } from "../../src/ledger/postgres-ledger.ts";
import { createSqliteLedger } from "../../src/ledger/sqlite-ledger.ts";
import { openPool, openSqliteFile, PATIENCE_MS } from "../databases.ts";

const TTL_MS = 600_000;
const { SQLITE_FILE: file, SCHEMA: schema = "", APPROVALS: approvals } = process.env;

const pay = file === undefined ? await payOnPostgres() : payOnSqlite(file);
process.stdout.write("ready\n");
for (;;) await pay(Math.floor(Math.random() * Number(approvals)));

async function payOnPostgres(): Promise<(approval: number) => Promise<void>> {
  const pool = openPool({ max: 2 });
  const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS });
  const client = await pool.connect();
  return async (approval) => {
    const owner = randomUUID();
    if (approval % 2 && !(await ledger.claim(`approval-${approval}`, owner, TTL_MS))) return;
    await client.query("BEGIN");
    const won = approval % 2 === 1 || (await ledger.within(client).claim(`approval-${approval}`, owner, TTL_MS));
    // Where most of them are killed.
    await pass(Math.random() * 3);
    if (won) await client.query(`INSERT INTO "${schema}".payments VALUES ($1)`, [approval]);
    await client.query("COMMIT");
  };
}

function payOnSqlite(path: string): (approval: number) => Promise<void> {
  const database = openSqliteFile(path);
  const ledger = createSqliteLedger(database, { busyTimeoutMs: 20_000 });
  const insert = database.prepare("INSERT INTO payments VALUES (?)");
  const linger = (until: number): void => {
    while (performance.now() < until);
  };
  return async (approval) => {
    const owner = randomUUID();
    if (approval % 2 && !(await ledger.claim(`approval-${approval}`, owner, TTL_MS))) return;
    database
      .transaction(() => {
        const won = approval % 2 === 1 || ledger.within(database).claim(`approval-${approval}`, owner, TTL_MS);
        linger(performance.now() + Math.random() * 2);
        if (won) insert.run(approval);
        linger(performance.now() + Math.random());
      })
      .immediate();
    await pass(0);
  };
}
