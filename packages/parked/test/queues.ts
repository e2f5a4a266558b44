import { Queue, Worker } from "bullmq";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import type { ParkedQueue } from "@require-action/core/parked";
import { createBullmqQueue } from "../src/bullmq.ts";
import { createGraphileWorkerQueue } from "../src/graphile-worker.ts";
import { createPgBossQueue } from "../src/pg-boss.ts";
import { type BankPlace, type Pass, workerPoints } from "./bank.ts";
import { REDIS_URL } from "./bullmq.ts";
import { startBoss } from "./pg-boss.ts";
import { DATABASE_URL, dropSchema, openPool } from "./postgres.ts";

/** Where a queue is, beside the bank of this schema. */
export interface QueuePlace extends BankPlace {
  readonly redisUrl?: string;
}

/** A queue beside a bank, whose killed deliveries come again within seconds. */
export interface QueueOfBank {
  readonly queue: ParkedQueue;
  /** How many jobs wait or are under way. */
  countJobs(): Promise<number>;
  close(): Promise<void>;
}

/** One of the engines of queues, as tests of all of them use it. */
export interface QueueEngine {
  /** Its own steps of a delivery that finds an action undecided, and a process may be killed before each. */
  readonly undecided: readonly string[];
  /** The steps of a delivery that runs its action. */
  readonly approved: readonly string[];
  open(place: QueuePlace, pass?: Pass): Promise<QueueOfBank>;
  /** Deletes what is left. */
  drop(place: QueuePlace): Promise<void>;
}

const EXPIRE_SECONDS = 2;
const POLLING_MS = 50;
const queueSchema = ({ schema }: BankPlace): string => `${schema}_queue`;

const pgBoss: QueueEngine = {
  undecided: ["again", "deleting"],
  approved: [...workerPoints, "deleting"],
  async open(place, pass = () => {}) {
    const schema = queueSchema(place);
    const boss = await startBoss(schema, place.databaseUrl);
    const queue = await createPgBossQueue(
      {
        createQueue: (...asked) => boss.createQueue(...asked),
        getQueue: (name) => boss.getQueue(name),
        send: (...asked) => boss.send(...asked),
        fetch: (...asked) => boss.fetch(...asked),
        fail: (...asked) => boss.fail(...asked),
        async deleteJob(...asked) {
          await pass("deleting");
          return boss.deleteJob(...asked);
        },
      },
      { expireInSeconds: EXPIRE_SECONDS, pollingIntervalMs: POLLING_MS },
    );
    const observer = openPool(place.databaseUrl ?? DATABASE_URL, 1);
    return {
      queue,
      async countJobs() {
        const { rows } = await observer.query(
          `SELECT count(*)::int AS jobs FROM "${schema}".job WHERE name = 'require-action-parked'`,
        );
        return rows[0].jobs;
      },
      async close() {
        await boss.stop({ graceful: false, wait: true });
        await observer.end();
      },
    };
  },
  drop: (place) => dropSchema(queueSchema(place)),
};

const graphileWorker: QueueEngine = {
  undecided: ["taken", "again", "finishing"],
  approved: ["taken", ...workerPoints, "deleting", "finishing"],
  async open(place, pass = () => {}) {
    const schema = queueSchema(place);
    const pgPool = openPool(place.databaseUrl ?? DATABASE_URL, 8);
    const settings = { pgPool, schema, logger: new Logger(() => () => {}), noHandleSignals: true };
    const utils = await makeWorkerUtils(settings);
    await utils.migrate();
    const queue = createGraphileWorkerQueue(
      {
        addJob: (...asked) => utils.addJob(...(asked as Parameters<typeof utils.addJob>)),
        async completeJobs(ids) {
          await pass("deleting");
          return utils.completeJobs(ids);
        },
        forceUnlockWorkers: (workers) => utils.forceUnlockWorkers(workers),
        withPgClient: (callback) => utils.withPgClient(callback),
      },
      {
        async run({ taskList, ...options }) {
          const tasks = Object.entries(taskList).map(([name, task]) => [
            name,
            async (payload: unknown) => {
              await pass("taken");
              await task(payload);
              await pass("finishing");
            },
          ]);
          return run({ ...settings, ...options, taskList: Object.fromEntries(tasks) });
        },
        schema,
        expireInSeconds: EXPIRE_SECONDS,
        pollingIntervalMs: POLLING_MS,
      },
    );
    const observer = openPool(place.databaseUrl ?? DATABASE_URL, 1);
    return {
      queue,
      async countJobs() {
        const { rows } = await observer.query(`SELECT count(*)::int AS jobs FROM "${schema}".jobs`);
        return rows[0].jobs;
      },
      async close() {
        await utils.release();
        await pgPool.end();
        await observer.end();
      },
    };
  },
  drop: (place) => dropSchema(queueSchema(place)),
};

const bullmq: QueueEngine = {
  undecided: ["again", "moving", "moved"],
  approved: [...workerPoints, "finishing"],
  async open({ schema: prefix, redisUrl = REDIS_URL }, pass = () => {}) {
    const connection = { url: redisUrl, maxRetriesPerRequest: null };
    const jobs = new Queue("parked", { connection, prefix });
    jobs.on("error", () => {});
    const queue = createBullmqQueue(jobs, {
      openWorker: (process, options) =>
        new Worker(
          jobs.name,
          async (job, token) => {
            const moved = {
              data: job.data,
              updateData: (data: unknown) => job.updateData(data),
              async moveToDelayed(dueAt: number) {
                await pass("moving");
                await job.moveToDelayed(dueAt, token);
                await pass("moved");
              },
            };
            await process(moved, token);
            await pass("finishing");
          },
          { connection, prefix, lockDuration: 3_000, stalledInterval: 1_000, ...options },
        ),
    });
    return {
      queue,
      countJobs: () => jobs.getJobCountByTypes("active", "delayed", "failed", "prioritized", "waiting"),
      close: () => jobs.close(),
    };
  },
  async drop({ schema: prefix, redisUrl = REDIS_URL }) {
    const jobs = new Queue("parked", { connection: { url: redisUrl }, prefix });
    await jobs.obliterate({ force: true });
    await jobs.close();
  },
};

/** The engines that are supported, each in its newest version that runs on Node 20. */
export const queueEngines: Readonly<Record<string, QueueEngine>> = {
  "pg-boss": pgBoss,
  "graphile-worker": graphileWorker,
  BullMQ: bullmq,
};
