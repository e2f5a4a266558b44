import pg from "pg";
import type PgBoss from "pg-boss";
import { describe, expect, it, onTestFinished } from "vitest";
import { runProcess } from "../../sql/test/processes/run-process.ts";
import { createPgBossQueue } from "../src/pg-boss.ts";
import { clientPoints, openBank, type Point, workerPoints } from "./bank.ts";
import { bossSchema, DATABASE_URL, dropSchema, QUEUE, startBoss, testSchema } from "./pg-boss.ts";

const AT_ONCE = 4;
const KILLED = new URL("processes/killed.ts", import.meta.url).href;

/** Does all tasks, some at once. */
async function doAll(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = tasks.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const task of left) await task();
    }),
  );
}

/** A bank in a schema of its own, and pg-boss beside it. */
async function setUp() {
  const schema = testSchema();
  let boss: PgBoss | undefined;
  const bank = await openBank(schema, async () => {
    boss = await startBoss(bossSchema(schema));
    return createPgBossQueue(boss, QUEUE);
  });
  onTestFinished(async () => {
    await boss?.stop({ graceful: false, wait: true });
    await bank.close();
    for (const one of [schema, bossSchema(schema)]) await dropSchema(one);
  });
  return { schema, bank };
}

/** Has a process ask for payments or run them, until it is killed or has asked. Returns the references that it has a 202 for. */
async function runKilled(schema: string, environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { child, line, ended } = await runProcess(KILLED, { SCHEMA: schema, DATABASE_URL, ...environment });
  const references: string[] = [];
  for (;;) {
    const reference = await line().catch(() => undefined);
    if (reference === undefined) break;
    references.push(reference);
  }
  await ended;
  expect(child.signalCode ?? child.exitCode).toBe(environment["KILL_AT"] === undefined ? 0 : "SIGKILL");
  return references;
}

/** Works until everything is paid and no job is left; every payment was made once. */
async function expectPaidOnce(
  { schema, bank }: Awaited<ReturnType<typeof setUp>>,
  parked: readonly string[],
): Promise<void> {
  const worker = await bank.work();
  const countJobs = async (): Promise<number> => {
    const { rows } = await bank.pool.query(
      `SELECT count(*)::int AS jobs FROM "${bossSchema(schema)}".job WHERE name LIKE 'require%'`,
    );
    return rows[0].jobs;
  };
  await expect.poll(countJobs, { timeout: 600_000, interval: 250 }).toBe(0);
  await worker.stop();
  const payments = await bank.payments();
  expect(parked.filter((reference) => !payments.has(reference))).toEqual([]);
  expect([...payments].filter(([, times]) => times !== 1)).toEqual([]);
}

/** How much is broken. */
export interface Kills {
  /** Processes that are killed at each point. */
  readonly kills: number;
  /** Payments that are asked for besides those of processes that are killed. */
  readonly payments: number;
}

/** Registers the tests of what killed processes leave behind. */
export function describeKills({ kills, payments }: Kills): void {
  describe(`F34: ${payments} parked actions, ${kills} processes killed between each step and the next`, () => {
    it("none that was answered 202 is lost, and none runs twice", { timeout: 5_400_000 }, async () => {
      const opened = await setUp();
      const { schema, bank } = opened;
      const parked: string[] = [];
      const killAt = (role: string, point: Point, after: number) => async (): Promise<void> => {
        const environment = { ROLE: role, KILL_AT: point, KILL_AFTER: String(after), PAYMENTS: "4" };
        parked.push(...(await runKilled(schema, environment)));
      };
      const times = Array.from({ length: kills }, (_, index) => index);
      await doAll(times.flatMap((index) => clientPoints.map((point) => killAt("client", point, 1 + (index % 3)))));
      parked.push(...(await runKilled(schema, { ROLE: "client", PAYMENTS: String(payments) })));
      expect(parked.length).toBeGreaterThanOrEqual(payments);
      await doAll(times.map(() => killAt("worker", "again", 1)));
      expect((await bank.payments()).size).toBe(0);
      await bank.approveAll();
      await doAll(times.flatMap(() => workerPoints.map((point) => killAt("worker", point, 1))));
      await expectPaidOnce(opened, parked);
    });
  });

  it(
    "F34: connections of PostgreSQL ended again and again, as by restarts: none is lost, and none runs twice",
    { timeout: 1_500_000 },
    async () => {
      const opened = await setUp();
      const { schema, bank } = opened;
      const parked = await runKilled(schema, { ROLE: "client", PAYMENTS: String(payments) });
      await bank.approveAll();
      const worker = await bank.work();
      const admin = new pg.Client({ connectionString: DATABASE_URL });
      await admin.connect();
      try {
        await expect
          .poll(
            async () => {
              await admin.query(
                `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE pid <> pg_backend_pid() AND (query LIKE $1 OR application_name = $2)`,
                [`%${schema}%`, schema],
              );
              return (await bank.payments().catch(() => new Map())).size;
            },
            { timeout: 1_200_000, interval: 500 },
          )
          .toBe(payments);
      } finally {
        await admin.end();
      }
      await worker.stop();
      await expectPaidOnce(opened, parked);
    },
  );
}
