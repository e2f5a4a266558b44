import { describeQueueConformance } from "@require-action/conformance/queue";
import { Logger, type Runner, run } from "graphile-worker";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openGraphileWorkers } from "./graphile-worker.ts";
import { dueJob, finishAll, takeForever } from "./jobs.ts";

let workers: Awaited<ReturnType<typeof openGraphileWorkers>>;
beforeAll(async () => void (workers = await openGraphileWorkers()));
afterAll(() => workers.close());

async function countJobs(task: string): Promise<number> {
  const { rows } = await workers.pool.query(
    `SELECT count(*)::int AS jobs FROM "${workers.schema}".jobs WHERE task_identifier = $1`,
    [task],
  );
  return rows[0].jobs;
}

describeQueueConformance({ name: "graphile-worker 0.17", open: () => workers.open() });

it("F34: a delivery whose process was killed comes again once it has expired", async () => {
  const { queue, other } = await workers.open({ expireInSeconds: 1 });
  const job = dueJob();
  await queue.add(job);
  await takeForever(queue);
  const { seen, deliveries } = await finishAll(other);
  await expect.poll(() => seen).toEqual([job]);
  await deliveries.stop();
});

it("F34: what was given to a worker that never learned of it comes again once it has expired, and is cleared up", async () => {
  const { name, queue, other } = await workers.open({ expireInSeconds: 1 });
  const job = dueJob();
  await queue.add(job);
  await takeForever(queue);
  // One that has been stood in for, and one that has not, as if their process had been killed.
  await workers.pool.query(`UPDATE "${workers.schema}"._private_jobs SET locked_at = now(), locked_by = 'pool-gone'`);
  const { seen, deliveries } = await finishAll(other);
  await expect.poll(() => seen).toEqual([job]);
  await expect.poll(() => countJobs(name)).toBe(0);
  await deliveries.stop();
});

it("F34: what a worker had unlocked when it was killed is cleared up by another", async () => {
  const { name, queue, other } = await workers.open({ expireInSeconds: 1 });
  await queue.add(dueJob());
  await takeForever(queue);
  await workers.pool.query(`UPDATE "${workers.schema}"._private_jobs SET locked_at = NULL, locked_by = NULL`);
  const { deliveries } = await finishAll(other);
  await expect.poll(() => countJobs(name)).toBe(0);
  await deliveries.stop();
});

it("F34: a worker of graphile-worker that has stopped by itself is followed by another, until the queue stops", async () => {
  const runners: Runner[] = [];
  const { pool, schema } = workers;
  const { name, queue } = await workers.open({
    run: async (options) => {
      const settings = { pgPool: pool, schema, logger: new Logger(() => () => {}), noHandleSignals: true };
      const runner = await run({ ...settings, ...options });
      runners.push(runner);
      return runner;
    },
  });
  const { seen, deliveries } = await finishAll(queue);
  await runners[0]?.stop();
  await queue.add(dueJob());
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(1);
  await deliveries.stop();
  expect(runners).toHaveLength(2);
  // graphile-worker does not wait until its database has heard that a job is over.
  await expect.poll(() => countJobs(name)).toBe(0);
});
