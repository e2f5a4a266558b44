import { randomUUID } from "node:crypto";
import { allowWarnings } from "@require-action-test/support/warnings";
import type { Ledger } from "@require-action/core/ledger";
import type pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresLedger, type PostgresLedger } from "../src/index.ts";
import { createSchema, noPostgres, PATIENCE_MS } from "./databases.ts";

allowWarnings("RA_POSTGRES_ASYNCHRONOUS");

const DAY = 86_400_000;
const FORGOTTEN = { code: "action_token_expired" };
describe.skipIf(noPostgres)("a ledger on a PostgreSQL that may have forgotten", () => {
  /** A server whose timeline is what the test says, by a function that is found before PostgreSQL's own. */
  async function create() {
    const { schema, open: openPool, close } = createSchema();
    onTestFinished(close);
    const admin = openPool({ max: 1 });
    let promotions = 0;
    const answer = (body: string) =>
      admin.query(`CREATE OR REPLACE FUNCTION "${schema}".pg_walfile_name(pg_lsn) RETURNS text
        LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`);
    /** Has another server take over, which never met this timeline. */
    const takeOver = (timeline = promotions + 1) => {
      promotions = timeline;
      return answer(`RETURN '${String(timeline).padStart(8, "0")}0000000100000002';`);
    };
    await admin.query(`CREATE SCHEMA "${schema}"`);
    await takeOver();
    const pool = openPool({ max: 3, options: `-c search_path=${schema},pg_catalog` });
    const settings = { schema, queryTimeoutMs: PATIENCE_MS } as const;
    return {
      pool,
      ledger: await createPostgresLedger(pool, { ...settings, migrate: true }),
      open: (options: Parameters<typeof createPostgresLedger>[1] = {}) =>
        createPostgresLedger(pool, { ...settings, ...options }),
      answer,
      takeOver,
      /** When the newest timeline was noticed. */
      since: async () => {
        const { rows } = await admin.query<{ since: number }>(
          `SELECT since FROM "${schema}".timelines WHERE right(timeline, 8) = $1`,
          [String(promotions).padStart(8, "0")],
        );
        return rows[0]?.since ?? Number.NaN;
      },
    };
  }

  const claim = (ledger: Pick<Ledger, "claim">, approvedAt = Date.now()) =>
    ledger.claim(randomUUID(), "alice", DAY, approvedAt);
  async function within(pool: pg.Pool, ledger: PostgresLedger, approvedAt: number): Promise<boolean> {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      return await claim(ledger.within(client), approvedAt);
    } finally {
      await client.query("COMMIT");
      client.release();
    }
  }

  it("T53: accepts what was approved before it was first used", async () => {
    const { ledger, open } = await create();
    await expect(claim(ledger, Date.now() - DAY)).resolves.toBe(true);
    await expect(claim(await open(), Date.now() - DAY)).resolves.toBe(true);
  });

  it("T53: refuses on another server what was approved before, to processes old and new", async () => {
    const { pool, ledger, open, takeOver, since } = await create();
    const before = Date.now();
    await claim(ledger, before);
    await takeOver();
    await expect(claim(ledger, before)).rejects.toMatchObject(FORGOTTEN);
    expect(await since()).toBeGreaterThanOrEqual(before);
    await expect(claim(ledger, before)).rejects.toMatchObject(FORGOTTEN);
    await expect(within(pool, ledger, before)).rejects.toMatchObject(FORGOTTEN);
    const other = await open();
    await expect(claim(other, before)).rejects.toMatchObject(FORGOTTEN);
    await expect(claim(other, (await since()) + 1)).resolves.toBe(true);
    await expect(claim(ledger, (await since()) + 1)).resolves.toBe(true);
    await expect(within(pool, ledger, (await since()) + 1)).resolves.toBe(true);
  });

  it("T53: is noticed by a process that starts there, and by a transaction that comes first", async () => {
    const { pool, ledger, open, takeOver, since } = await create();
    const before = Date.now();
    await takeOver();
    await expect(within(pool, ledger, before)).rejects.toMatchObject(FORGOTTEN);
    await takeOver();
    expect(await since()).toBeNaN();
    await expect(claim(await open(), before)).rejects.toMatchObject(FORGOTTEN);
  });

  it("T53: refuses what a clock that is ahead has seen used", async () => {
    const { ledger, open, takeOver } = await create();
    const ahead = Date.now() + 60_000;
    await claim(ledger, ahead);
    await takeOver();
    // Another process is the first to notice, and knows nothing of that.
    const other = await open();
    await expect(claim(ledger, ahead)).rejects.toMatchObject(FORGOTTEN);
    await expect(claim(other, ahead)).rejects.toMatchObject(FORGOTTEN);
    await expect(claim(other, ahead + 1)).resolves.toBe(true);
  });

  it("T53: refuses on a former primary that is back what was approved meanwhile", async () => {
    const { ledger, open, takeOver, since } = await create();
    await takeOver();
    const other = await open();
    const meanwhile = (await since()) + 1;
    await claim(ledger, meanwhile);
    await other.claim("key", "alice", DAY, meanwhile);
    await takeOver(1);
    await expect(ledger.claim("key", "bob", DAY, meanwhile)).rejects.toMatchObject(FORGOTTEN);
    await expect(claim(other, meanwhile)).rejects.toMatchObject(FORGOTTEN);
    await expect(claim(ledger, (await since()) + 1)).resolves.toBe(true);
  });

  it("T53: goes on with a claim that another process was the first to make on a new server", async () => {
    const { ledger, open, takeOver, since } = await create();
    await takeOver();
    const other = await open();
    const after = (await since()) + 1;
    await expect(other.claim("key", "bob", DAY, after)).resolves.toBe(true);
    await expect(ledger.claim("key", "alice", DAY, after)).resolves.toBe(false);
    await expect(claim(ledger, after)).resolves.toBe(true);
  });

  it.each([
    { replication: "storage" } as const,
    { replication: "synchronous", checks: { synchronousStandby: "warn" } } as const,
  ])("T53: accepts it where replication is said to be $replication", async (options) => {
    const { open, takeOver } = await create();
    const ledger = await open(options);
    await takeOver();
    await expect(claim(ledger, Date.now() - DAY)).resolves.toBe(true);
  });

  it("T53: refuses a server that waits for no standby where replication is said to be synchronous", async () => {
    const { open } = await create();
    await expect(open({ replication: "synchronous" })).rejects.toThrow(
      "createPostgresLedger: checks.synchronousStandby: replication is said to be synchronous",
    );
    const warned = await open({ replication: "synchronous", checks: { synchronousStandby: "warn" } });
    expect(warned.failedChecks).toEqual(["synchronousStandby"]);
  });

  it("T53: does not ask a claim of no approval when it was given", async () => {
    const { ledger, takeOver } = await create();
    await takeOver();
    await expect(ledger.claim("webhook", "alice", DAY)).resolves.toBe(true);
  });

  it("T53: is noticed when the pool connects anew, before anything is claimed", async () => {
    const { pool, takeOver, since } = await create();
    await takeOver();
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
    await expect.poll(since, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
  });

  it("has the pool connect once more at most, whenever that connects anew", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 10 });
    const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    for (let approval = 0; approval < 5; approval++) await claim(ledger);
    await expect.poll(() => pool.idleCount === pool.totalCount, { timeout: PATIENCE_MS }).toBe(true);
    expect(pool.totalCount).toBeLessThanOrEqual(2);
  });

  it.each(["insufficient_privilege", "undefined_function", "feature_not_supported"])(
    "names the option where the server says %s for its timeline",
    async (condition) => {
      const { open, answer } = await create();
      await answer(`RAISE EXCEPTION USING ERRCODE = '${condition}';`);
      await expect(open()).rejects.toThrow(
        'createPostgresLedger: replication: cannot be "asynchronous" on a server that does not tell its timeline',
      );
      await expect(claim(await open({ replication: "storage" }))).resolves.toBe(true);
    },
  );

  it("takes a server that is still a standby for one that is not there", async () => {
    const { open, answer } = await create();
    await answer("RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state';");
    await expect(open()).rejects.toMatchObject({ code: "ledger_unavailable" });
  });
});
