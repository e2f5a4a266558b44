import { setTimeout as wait } from "node:timers/promises";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedDelivery, ParkedJob, ParkedQueue } from "@require-action/core/parked";
import { quoted, UNDER_WAY } from "./jobs/parked-jobs.ts";

/** The part of graphile-worker's `WorkerUtils` that is used here: of version 0.17, and migrated. */
export interface GraphileUtilsLike {
  addJob(identifier: any, payload: any, spec: any): Promise<{ readonly id: string }>;
  completeJobs(ids: string[]): Promise<unknown>;
  forceUnlockWorkers(workers: string[]): Promise<unknown>;
  withPgClient<Result>(callback: (client: any) => Promise<Result>): Promise<Result>;
}

/** What a worker is started with. */
export interface GraphileRunOptions {
  readonly taskList: Record<string, (payload: unknown) => Promise<void>>;
  readonly concurrency: number;
  readonly pollInterval: number;
  /** To use a preset of your own too, pass both: `{ pgPool, ...options, preset: { extends: [yours, options.preset] } }`. */
  readonly preset: { readonly worker: { readonly completeJobBatchDelay: number; readonly failJobBatchDelay: number } };
}

/** The part of graphile-worker's `Runner` that is used here. */
export interface GraphileRunnerLike {
  readonly promise: Promise<void>;
  readonly events: { once(event: any, listener: () => void): unknown };
  stop(): Promise<void>;
}

/** Options of {@link createGraphileWorkerQueue}. */
export interface GraphileWorkerQueueOptions {
  /** Starts a worker with these options and your connection: `(options) => run({ pgPool, ...options })`. */
  readonly run: (options: GraphileRunOptions) => Promise<GraphileRunnerLike>;
  /** The identifier of the task. `require-action-parked` by default. */
  readonly name?: string;
  /** The schema of graphile-worker's tables. `graphile_worker` by default. */
  readonly schema?: string;
  /**
   * Seconds after which a delivery that has not ended is taken for lost with its process, and comes again: longer than any work
   * takes. 900 by default.
   */
  readonly expireInSeconds?: number;
  /** Milliseconds between two looks for what is due. 1000 by default. */
  readonly pollingIntervalMs?: number;
}

interface LockedJob {
  readonly id: string;
  readonly key: string | null;
  readonly locked_by: string | null;
}

const optionsSchema = defineOptions<GraphileWorkerQueueOptions>({
  required: { run: option.callback },
  optional: {
    name: option.id,
    schema: option.id,
    expireInSeconds: option.whole({ least: 1, most: 86_400, unit: "seconds" }),
    pollingIntervalMs: option.whole({ least: 10, most: 60_000, unit: "milliseconds" }),
  },
});
const utilsSchema = defineOptions<{ readonly utils: GraphileUtilsLike }>({
  required: { utils: option.withMethods("addJob", "completeJobs", "forceUnlockWorkers", "withPgClient") },
  optional: {},
});

/** The most that graphile-worker can count: no job is given up. */
const MAX_ATTEMPTS = 32_767;
/**
 * A worker whose database has gone is replaced. As of 0.17.3, one whose first look for jobs fails never finds any, and one that could
 * not tell its database that a job is over begins to stop by itself, and may never have stopped.
 */
const SIGNS_OF_END = ["worker:getJob:error", "pool:gracefulShutdown"];
/** Without it, graphile-worker leaves it to Node to end the process when its database does not learn that a job is over. */
const PRESET: GraphileRunOptions["preset"] = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
/** After the last delivery, for a worker whose database may have gone. */
const STOP_WAIT_MS = 5_000;
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
    schema = "graphile_worker",
    expireInSeconds = 900,
    pollingIntervalMs = 1_000,
  } = readOptions("createGraphileWorkerQueue", optionsSchema, options);

  const keep = (
    job: ParkedJob,
    dueAt: number,
    jobKeyMode: string,
    flags?: string[],
  ): Promise<{ readonly id: string }> =>
    utils.addJob(name, job, {
      jobKey: `${name}:${job.id}`,
      jobKeyMode,
      runAt: new Date(dueAt),
      maxAttempts: MAX_ATTEMPTS,
      ...(flags && { flags }),
    });

  const deliverOne = async (job: ParkedJob, { deliver, onError }: ParkedDelivery): Promise<void> => {
    // Stands in for this job, which is not run again from here on, and comes when this process has ended.
    const { id } = await keep(job, Date.now() + expireInSeconds * 1_000, "replace", [UNDER_WAY]);
    try {
      const disposition = await deliver(job);
      if (disposition.kind === "again") await keep(disposition.job, disposition.job.dueAt, "replace");
      else await utils.completeJobs([id]);
    } catch (error) {
      onError(error);
      await keep(job, Date.now() + ERROR_WAIT_MS, "replace").catch(onError);
    }
  };

  /**
   * Frees what a process held when it was killed, and what the database gave to one that never learned of it: graphile-worker itself
   * waits for four hours.
   */
  const freeLost = async (): Promise<void> => {
    const lost: readonly LockedJob[] = await utils.withPgClient(async (client) => {
      const { rows } = await client.query(
        `SELECT id::text, key, locked_by FROM ${quoted(schema)}.jobs
          WHERE task_identifier = $1 AND (locked_at < now() - $2 * interval '1 second'
            OR locked_at IS NULL AND key IS NULL AND attempts >= max_attempts)`,
        [name, expireInSeconds],
      );
      return rows;
    });
    if (lost.length === 0) return;
    await utils.forceUnlockWorkers([...new Set(lost.flatMap(({ locked_by: worker }) => worker ?? []))]);
    // What has handed its key over has been stood in for: now, or before a worker was killed that had just unlocked it.
    await utils.completeJobs(lost.filter(({ key }) => key === null).map(({ id }) => id));
  };

  return {
    name: "graphile-worker",
    add: async (job) => void (await keep(job, job.dueAt, "unsafe_dedupe")),
    async work(delivery) {
      const { concurrency, onError } = delivery;
      const underWay = new Set<Promise<void>>();
      const track = (payload: unknown): Promise<void> => {
        const delivered = deliverOne(payload as ParkedJob, delivery);
        // Of a delivery that failed before it began, graphile-worker learns; whoever stops waits for its end alone.
        const ended = delivered.catch(() => {}).finally(() => underWay.delete(ended));
        underWay.add(ended);
        return delivered;
      };
      const start = () =>
        run({ taskList: { [name]: track }, concurrency, pollInterval: pollingIntervalMs, preset: PRESET });
      const endOf = ({ promise, events }: GraphileRunnerLike): Promise<void> =>
        Promise.race([
          promise.catch(onError),
          new Promise<void>((resolve) => {
            for (const sign of SIGNS_OF_END) events.once(sign, resolve);
          }),
        ]);
      const ending = new AbortController();
      const pause = (ms: number): Promise<unknown> => wait(ms, undefined, { signal: ending.signal }).catch(() => {});
      await freeLost();
      let runner = await start();
      let ended = endOf(runner);

      const keepRunning = async (): Promise<void> => {
        for (;;) {
          await ended;
          runner.stop().catch(() => {});
          await pause(ERROR_WAIT_MS);
          if (ending.signal.aborted) return;
          try {
            runner = await start();
            ended = endOf(runner);
            if (ending.signal.aborted) await runner.stop();
          } catch (error) {
            onError(error);
          }
        }
      };

      const keepFreeing = async (): Promise<void> => {
        for (;;) {
          await pause(expireInSeconds * 1_000);
          if (ending.signal.aborted) return;
          await freeLost().catch(onError);
        }
      };

      const running = [keepRunning(), keepFreeing()];
      const untilIdle = async (): Promise<void> => {
        do {
          await Promise.all(underWay);
          await wait(STOP_WAIT_MS, undefined, { ref: false });
        } while (underWay.size > 0);
      };
      return {
        async stop() {
          ending.abort();
          // It rejects where the worker has stopped by itself.
          await Promise.race([runner.stop().catch(() => {}), untilIdle()]);
          await Promise.all(underWay);
          await Promise.all(running);
        },
      };
    },
  };
}
