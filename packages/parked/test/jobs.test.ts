import type { ParkedQueue } from "@require-action/core/parked";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBullmqJobs, openGraphileWorkerJobs, openPgBossJobs, type ParkedJobs } from "../src/jobs/index.ts";
import { openBullmq, versions } from "./bullmq.ts";
import { openGraphileWorkers } from "./graphile-worker.ts";
import { openBosses } from "./pg-boss.ts";
import { DATABASE_URL, openPool } from "./postgres.ts";

interface Opened {
  readonly queue: ParkedQueue;
  readonly jobs: ParkedJobs;
}

const name = "parked-jobs";

function openDatabase() {
  const pool = openPool(DATABASE_URL, 2);
  onTestFinished(() => pool.end());
  return pool;
}

const onBullmq = (version: (typeof versions)[keyof typeof versions]) => async (): Promise<Opened> => {
  const { queue, jobs, close } = await openBullmq(version);
  onTestFinished(close);
  return { queue, jobs: openBullmqJobs(jobs) };
};

describe.each<[string, () => Promise<Opened>]>([
  [
    "pg-boss",
    async () => {
      const bosses = await openBosses();
      onTestFinished(() => bosses.close());
      const { queue } = await bosses.open({ name });
      return { queue, jobs: openPgBossJobs(openDatabase(), { schema: bosses.schema, name }) };
    },
  ],
  [
    "graphile-worker",
    async () => {
      const workers = await openGraphileWorkers();
      onTestFinished(() => workers.close());
      const { queue } = await workers.open({ name });
      return { queue, jobs: openGraphileWorkerJobs(openDatabase(), { schema: workers.schema, name }) };
    },
  ],
  ...Object.entries(versions).map(([engine, version]): [string, () => Promise<Opened>] => [engine, onBullmq(version)]),
])("the jobs of a queue on %s", (_, open) => {
  it("are listed as they stand, and one or all are delivered now", { timeout: 240_000 }, async () => {
    const { queue, jobs } = await open();
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

    let finish: (() => void) | undefined;
    const deliveries = await queue.work({
      concurrency: 1,
      deliver: () => new Promise((resolve) => (finish = () => resolve({ kind: "done" }))),
      onError: () => {},
    });
    // A queue may show that it is under way a moment before deliver() is called.
    await expect.poll(() => finish).toBeDefined();
    await expect.poll(async () => (await jobs.list()).find(({ isUnderWay }) => isUnderWay)?.id).toBe("second");
    // What a worker has is nobody else's.
    expect(await jobs.retry("second")).toBe(0);
    finish!();
    await deliveries.stop();
    await expect.poll(async () => (await jobs.list()).map(({ id }) => id)).toEqual(["first"]);
    expect(await jobs.retry()).toBe(1);
  });
});
