import { createManualClock } from "@require-action/testing";
import type { Ledger } from "@require-action/core/ledger";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresLedger, createSqliteLedger } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FORGOTTEN = { code: "action_token_expired" };

/** Claims others, until the ledger has swept what it takes for ended. */
async function sweep(ledger: Ledger, approvedAt: number): Promise<void> {
  for (let index = 0; index < 200; index++) await ledger.claim(`swept-${Math.random()}-${index}`, "o", DAY, approvedAt);
}

describe.skipIf(noSqlite)("a ledger on SQLite", () => {
  async function create() {
    const { open, close } = await createFile();
    onTestFinished(close);
    const clock = createManualClock();
    const database = open();
    const ledger = createSqliteLedger(database, { clock, migrate: true });
    const count = () => database.prepare("SELECT count(*) FROM require_action_claims").pluck().get();
    return { clock, database, ledger, other: createSqliteLedger(open(), { clock }), count };
  }

  it("T58: does not have an approval claimed again, ended or not", async () => {
    const { clock, ledger, other } = await create();
    const approvedAt = clock.now();
    await expect(ledger.claim("key", "alice", DAY, approvedAt)).resolves.toBe(true);
    clock.advance(3 * DAY);
    await expect(other.claim("key", "bob", DAY, approvedAt)).resolves.toBe(false);
    await expect(other.claim("key", "alice", DAY, approvedAt)).resolves.toBe(true);
  });

  it.each([2 * DAY, 400 * DAY])(
    "T58: whose clock went ahead by %i ms and back refuses what it has swept",
    async (ahead) => {
      const { clock, database, ledger, other, count } = await create();
      clock.advance(HOUR / 2);
      const approvedAt = clock.now();
      await ledger.claim("key", "alice", DAY, approvedAt);
      clock.advance(ahead);
      await sweep(ledger, clock.now());
      expect(count()).toBe(200);
      clock.setBack(ahead);
      await expect(other.claim("key", "bob", DAY, approvedAt)).rejects.toMatchObject(FORGOTTEN);
      await expect(other.claim("earlier", "bob", DAY, approvedAt - 1)).rejects.toMatchObject(FORGOTTEN);
      const claimWithin = database.transaction(() => ledger.within(database).claim("key", "bob", DAY, approvedAt));
      expect(claimWithin).toThrow(expect.objectContaining(FORGOTTEN));
      // What is approved from then on, and what was in an hour of which nothing was swept, is as good as ever.
      await expect(other.claim("later", "bob", DAY, approvedAt + 1)).resolves.toBe(true);
      await expect(other.claim("before", "bob", DAY, approvedAt - HOUR)).resolves.toBe(true);
    },
  );

  it("T58: forgets what was no approval, and takes it anew", async () => {
    const { clock, ledger } = await create();
    await ledger.claim("webhook", "alice", HOUR);
    clock.advance(HOUR);
    await expect(ledger.claim("webhook", "bob", HOUR)).resolves.toBe(true);
  });
});

describe.skipIf(noPostgres)("a ledger on PostgreSQL", () => {
  it("T58: whose clock is ahead refuses what it has swept, and nothing that is approved later", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 2 });
    const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    const approvedAt = Date.now();
    await ledger.claim("key", "alice", DAY, approvedAt);
    await expect(ledger.claim("key", "bob", 1, approvedAt)).resolves.toBe(false);
    // As the database's clock would have it, days later.
    await pool.query(`UPDATE "${schema}".claims SET expires_at = 1`);
    await expect(ledger.claim("key", "bob", DAY, approvedAt)).resolves.toBe(false);
    await sweep(ledger, Date.now() + HOUR);
    await expect
      .poll(async () => (await pool.query(`SELECT 1 FROM "${schema}".claims WHERE expires_at = 1`)).rows.length)
      .toBe(0);
    await expect(ledger.claim("key", "bob", DAY, approvedAt)).rejects.toMatchObject(FORGOTTEN);
    await expect(ledger.claim("later", "bob", DAY, approvedAt + 1)).resolves.toBe(true);
    const client = await pool.connect();
    await client.query("BEGIN");
    await expect(ledger.within(client).claim("key", "bob", DAY, approvedAt)).rejects.toMatchObject(FORGOTTEN);
    await expect(ledger.within(client).claim("another", "bob", DAY, approvedAt + 2)).resolves.toBe(true);
    await client.query("COMMIT");
    client.release();
  });
});
