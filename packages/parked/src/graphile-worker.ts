import { setTimeout as wait } from "node:timers/promises";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedDelivery, ParkedJob, ParkedQueue } from "@require-action/core/parked";

/** The part of graphile-worker's `WorkerUtils` that is used here: of version 0.17, and migrated. */
export interface GraphileUtilsLike {
  addJob(identifier: any, payload: any, spec: any): Promise<{ readonly id: string }>;
  completeJobs(ids: string[]): Promise<unknown>;
}

/** What a worker is started with. */
export interface GraphileRunOptions {
  readonly taskList: Record<string, (payload: unknown) => Promise<void>>;
  readonly concurrency: number;
  readonly pollInterval: number;
}

/** The part of graphile-worker's `Runner` that is used here. */
export interface GraphileRunnerLike {
  readonly promise: Promise<void>;
  stop(): Promise<void>;
}

/** Options of {@link createGraphileWorkerQueue}. */
export interface GraphileWorkerQueueOptions {
  /** Starts a worker with these options and your connection: `(options) => run({ pgPool, ...options })`. */
  readonly run: (options: GraphileRunOptions) => Promise<GraphileRunnerLike>;
  /** The identifier of the task. `require-action-parked` by default. */
  readonly name?: string;
  /**
   * Seconds after which a delivery that has not ended is taken for lost with its process, and comes again: longer than any work
   * takes. 900 by default.
   */
  readonly expireInSeconds?: number;
  /** Milliseconds between two looks for what is due. 1000 by default. */
  readonly pollingIntervalMs?: number;
}

const optionsSchema = defineOptions<GraphileWorkerQueueOptions>({
  required: { run: option.callback },
  optional: {
    name: option.id,
    expireInSeconds: option.whole({ least: 1, most: 86_400, unit: "seconds" }),
    pollingIntervalMs: option.whole({ least: 10, most: 60_000, unit: "milliseconds" }),
  },
});
const utilsSchema = defineOptions<{ readonly utils: GraphileUtilsLike }>({
  required: { utils: option.withMethods("addJob", "completeJobs") },
  optional: {},
});

/** The most that graphile-worker can count: no job is given up. */
const MAX_ATTEMPTS = 32_767;
/** After a delivery or a worker that failed. */
const ERROR_WAIT_MS = 1_000;

/**
 * Creates a queue on graphile-worker 0.17. The application makes and migrates its utilities, and releases them after its workers.
 * Jobs are deleted once they are over, and are due by the database's clock.
 * @throws ConfigurationError that names the option that is wrong
 *
 * @example
 * const utils = await makeWorkerUtils({ pgPool });
 * await utils.migrate();
 * const queue = createGraphileWorkerQueue(utils, { run: (options) => run({ pgPool, ...options }) });
 */
export function createGraphileWorkerQueue(utils: GraphileUtilsLike, options: GraphileWorkerQueueOptions): ParkedQueue {
  readOptions("createGraphileWorkerQueue", utilsSchema, { utils });
  const {
    run,
    name = "require-action-parked",
    expireInSeconds = 900,
    pollingIntervalMs = 1_000,
  } = readOptions("createGraphileWorkerQueue", optionsSchema, options);

  const keep = (job: ParkedJob, dueAt: number, jobKeyMode: string): Promise<{ readonly id: string }> =>
    utils.addJob(name, job, {
      jobKey: `${name}:${job.id}`,
      jobKeyMode,
      runAt: new Date(dueAt),
      maxAttempts: MAX_ATTEMPTS,
    });

  const deliverOne = async (job: ParkedJob, { deliver, onError }: ParkedDelivery): Promise<void> => {
    // Stands in for this job, which is not run again from here on: without it, a job that was lost with its process would come
    // again after four hours.
    const { id } = await keep(job, Date.now() + expireInSeconds * 1_000, "replace");
    try {
      const disposition = await deliver(job);
      if (disposition.kind === "again") await keep(disposition.job, disposition.job.dueAt, "replace");
      else await utils.completeJobs([id]);
    } catch (error) {
      onError(error);
      await keep(job, Date.now() + ERROR_WAIT_MS, "replace").catch(onError);
    }
  };

  return {
    name: "graphile-worker",
    add: async (job) => void (await keep(job, job.dueAt, "unsafe_dedupe")),
    async work(delivery) {
      const { concurrency, onError } = delivery;
      const taskList = { [name]: (payload: unknown) => deliverOne(payload as ParkedJob, delivery) };
      const start = () => run({ taskList, concurrency, pollInterval: pollingIntervalMs });
      const ending = new AbortController();
      let runner = await start();

      // A worker that could not tell its database that a job has ended stops by itself.
      const keepRunning = async (): Promise<void> => {
        for (;;) {
          await runner.promise.catch(onError);
          await wait(ERROR_WAIT_MS, undefined, { signal: ending.signal }).catch(() => {});
          if (ending.signal.aborted) return;
          try {
            runner = await start();
            if (ending.signal.aborted) await runner.stop();
          } catch (error) {
            onError(error);
          }
        }
      };

      const running = keepRunning();
      return {
        async stop() {
          ending.abort();
          // It rejects where the worker has stopped by itself.
          await runner.stop().catch(() => {});
          await running;
        },
      };
    },
  };
}
