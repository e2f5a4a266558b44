import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPgBossQueue } from "../src/pg-boss.ts";
import { openPgBossJobs } from "../src/pg-boss-jobs.ts";
import { startBoss } from "./pg-boss.ts";
import { DATABASE_URL, dropSchema, testSchema } from "./postgres.ts";

const schema = testSchema();
let pool: pg.Pool;
let boss: Awaited<ReturnType<typeof startBoss>>;
beforeAll(async () => {
  pool = new pg.Pool({ connectionString: DATABASE_URL, max: 2 });
  boss = await startBoss(schema);
});
afterAll(async () => {
  await boss.stop({ graceful: false, wait: true });
  await pool.end();
  await dropSchema(schema);
});

it("lists the jobs of pg-boss as they stand, and has one delivered now", { timeout: 240_000 }, async () => {
  const queue = await createPgBossQueue(boss, { pollingIntervalMs: 50 });
  const jobs = openPgBossJobs(pool, { schema });
  const now = Date.now();
  const dueAt = now + 3_600_000;
  for (const id of ["first", "second"]) {
    await queue.add({
      id,
      action: "withdraw-funds",
      parkedAt: now,
      dueAt,
      expiresAt: now + 1e9,
      tries: 3,
      sealed: "s",
    });
  }
  const summary = {
    action: "withdraw-funds",
    parkedAt: new Date(now),
    dueAt: new Date(dueAt),
    expiresAt: new Date(now + 1e9),
    tries: 3,
    isUnderWay: false,
  };
  expect(await jobs.list()).toEqual(
    expect.arrayContaining([
      { id: "first", ...summary },
      { id: "second", ...summary },
    ]),
  );
  expect([await jobs.retry("third"), await jobs.retry("second")]).toEqual([0, 1]);

  let finish = (): void => {};
  const deliveries = await queue.work({
    concurrency: 1,
    deliver: () => new Promise((resolve) => (finish = () => resolve({ kind: "done" }))),
    onError: () => {},
  });
  await expect.poll(async () => (await jobs.list()).find(({ isUnderWay }) => isUnderWay)?.id).toBe("second");
  finish();
  await deliveries.stop();
  expect((await jobs.list()).map(({ id }) => id)).toEqual(["first"]);
  expect(await jobs.retry()).toBe(1);
});
