import type { Store } from "@require-action/engine";
import { type ChainedReceipt, hashOfLine } from "@require-action/engine/receipts";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresStore, createSqliteStore } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";

const one = { entryId: "executed:one", entry: "{}" };

async function chain(store: Store, batch: number): Promise<void> {
  const { head, waiting } = await store.listWaitingReceipts(100);
  const chained: ChainedReceipt[] = [];
  for (const receipt of [...waiting, { entryId: `head:${batch}`, entry: "{}", signature: "a..b" }]) {
    const last = chained.at(-1) ?? head;
    chained.push({ ...receipt, position: (last?.position ?? 0) + 1, previous: hashOfLine(last) });
  }
  expect(await store.chainReceipts(chained)).toBe(true);
}

async function expectNoneLeft(store: Store, countRows: () => Promise<unknown>): Promise<void> {
  // As many as come until the chain is written, by a client that repeats what was approved.
  for (let time = 0; time < 100; time++) await store.putReceipts([one]);
  await chain(store, 1);
  expect(await countRows()).toBe(0);
  for (let time = 0; time < 100; time++) await store.putReceipts([one]);
  expect(await countRows()).toBe(0);
}

describe("T70: receipts that come again leave no rows", () => {
  it.skipIf(noSqlite)("on SQLite", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    await expectNoneLeft(createSqliteStore(database, { migrate: true }), async () => {
      return database.prepare("SELECT count(*) FROM require_action_waiting_receipts").pluck().get();
    });
  });

  it.skipIf(noPostgres)("on PostgreSQL", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    await expectNoneLeft(store, async () => {
      const { rows } = await pool.query(`SELECT count(*)::int AS count FROM "${schema}".waiting_receipts`);
      return rows[0].count;
    });
  });
});
