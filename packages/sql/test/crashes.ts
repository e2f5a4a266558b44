import { setTimeout as pass } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresLedger, createSqliteLedger, type PostgresLedger } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, type TestSchema, PATIENCE_MS } from "./databases.ts";
import { runProcess } from "./processes/run-process.ts";

const AT_ONCE = 4;
const APPROVALS = 4_000;
const TTL_MS = 600_000;

/** How much is broken: processes killed on each database, and connections of PostgreSQL ended. */
export interface Crashes {
  readonly kills: number;
  readonly endedConnections: number;
}

/** Starts payers and kills each after a time of its own. */
async function killPayers(kills: number, environment: Readonly<Record<string, string>>): Promise<void> {
  let left = kills;
  const keepKilling = async (): Promise<void> => {
    while (left-- > 0) {
      const payer = await runProcess("payer.ts", { ...environment, APPROVALS: String(APPROVALS) });
      await payer.line();
      await pass(Math.random() * 150);
      payer.child.kill("SIGKILL");
      await payer.ended;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepKilling));
}

/** How the payments came out, once everybody has had another chance to pay. */
function expectWhole(payments: readonly number[]): void {
  const counts = new Map<number, number>();
  for (const approval of payments) counts.set(approval, (counts.get(approval) ?? 0) + 1);
  const even = Array.from({ length: APPROVALS / 2 }, (_, index) => index * 2);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  expect(even.filter((approval) => !counts.has(approval))).toEqual([]);
}

const approvals = Array.from({ length: APPROVALS }, (_, approval) => approval);

/** Registers the tests of what crashes leave behind. */
export function describeCrashes({ kills, endedConnections }: Crashes): void {
  describe(`F18: ${kills} processes killed between claim and commit: nothing is paid twice, and nothing is lost where the claim is in the transaction that pays`, () => {
    it.skipIf(noSqlite)("on SQLite", { timeout: 240_000 }, async () => {
      const { file, open, close } = await createFile();
      onTestFinished(close);
      const database = open();
      const ledger = createSqliteLedger(database, { migrate: true });
      database.exec("CREATE TABLE payments (approval INTEGER)");
      await killPayers(kills, { SQLITE_FILE: file });
      const read = (): number[] => database.prepare("SELECT approval FROM payments").pluck().all() as number[];
      expect(read().length).toBeGreaterThan(0);
      database.transaction(() => {
        const within = ledger.within(database);
        const insert = database.prepare("INSERT INTO payments VALUES (?)");
        for (const approval of approvals)
          if (within.claim(`approval-${approval}`, "last", TTL_MS)) insert.run(approval);
      })();
      expectWhole(read());
    });

    it.skipIf(noPostgres)("on PostgreSQL", { timeout: 240_000 }, async () => {
      const { schema, open, close } = createSchema();
      onTestFinished(close);
      const pool = open();
      const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      await pool.query(`CREATE TABLE "${schema}".payments (approval integer)`);
      await killPayers(kills, { SCHEMA: schema });
      const read = async (): Promise<number[]> => {
        const { rows } = await pool.query<{ approval: number }>(`SELECT approval FROM "${schema}".payments`);
        return rows.map(({ approval }) => approval);
      };
      expect((await read()).length).toBeGreaterThan(0);
      const client = await pool.connect();
      await client.query("BEGIN");
      for (const approval of approvals) {
        if (await ledger.within(client).claim(`approval-${approval}`, "last", TTL_MS)) {
          await client.query(`INSERT INTO "${schema}".payments VALUES ($1)`, [approval]);
        }
      }
      await client.query("COMMIT");
      client.release();
      expectWhole(await read());
    });
  });

  describe.skipIf(noPostgres)(`F17: ${endedConnections} connections of PostgreSQL ended at random`, () => {
    const PAYERS = 6;

    /** Pays in one transaction; asks again, as the same owner, when it cannot know what became of it. */
    async function pay(
      ledger: PostgresLedger,
      { schema }: TestSchema,
      pool: ReturnType<TestSchema["open"]>,
      approval: number,
    ): Promise<void> {
      for (let tries = 0; tries < 5; tries++) {
        const client = await pool.connect().catch(() => undefined);
        try {
          await client?.query("BEGIN");
          if (client && (await ledger.within(client).claim(`approval-${approval}`, "payer", TTL_MS))) {
            await client.query(`INSERT INTO "${schema}".payments VALUES ($1)`, [approval]);
          }
          await client?.query("COMMIT");
          client?.release();
          if (client) return;
        } catch {
          client?.release(true);
        }
      }
    }

    it("nothing is paid twice, and nothing is claimed that was not paid", { timeout: 120_000 }, async () => {
      const database = createSchema();
      const { schema, open, close } = database;
      onTestFinished(close);
      const admin = open({ max: 1 });
      const application_name = schema.slice(0, 60);
      const pool = open({ max: PAYERS + 2, application_name });
      const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      await admin.query(`CREATE TABLE "${schema}".payments (approval integer)`);
      const progress = { next: 0, ended: 0 };
      const payAll = async (): Promise<void> => {
        while (progress.ended < endedConnections) await pay(ledger, database, pool, progress.next++);
      };
      const endConnections = async (): Promise<void> => {
        while (progress.ended < endedConnections) {
          await pass(Math.random() * 20);
          const { rowCount } = await admin.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1
              ORDER BY state = 'idle', random() LIMIT 1`,
            [application_name],
          );
          progress.ended += rowCount ?? 0;
        }
      };
      await Promise.all([endConnections(), ...Array.from({ length: PAYERS }, payAll)]);

      const count = async (query: string): Promise<number> =>
        Number((await admin.query<{ count: string }>(`SELECT count(*) FROM ${query}`)).rows[0]?.count);
      const payments = await count(`"${schema}".payments`);
      expect(payments).toBeGreaterThan(0);
      expect(await count(`(SELECT DISTINCT approval FROM "${schema}".payments) AS one`)).toBe(payments);
      expect(await count(`"${schema}".claims`)).toBe(payments);
    });
  });
}
