import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedDelivery, ParkedJob, ParkedQueue } from "@require-action/core/parked";

/** The part of BullMQ's `Queue` that is used here: of version 5 or 6. */
export interface BullmqQueueLike {
  add(name: any, data: any, options?: any): Promise<unknown>;
}

/** The part of BullMQ's `Job` that is used here. */
export interface BullmqJobLike {
  readonly data: unknown;
  updateData(data: any): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** What a worker is created with, besides its connection. */
export interface BullmqWorkerOptions {
  readonly concurrency: number;
  readonly maxStalledCount: number;
}

/** The part of BullMQ's `Worker` that is used here. */
export interface BullmqWorkerLike {
  on(event: "error", listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** Options of {@link createBullmqQueue}. */
export interface BullmqQueueOptions {
  /**
   * Creates a worker of the same queue with these options and your connection:
   * `(process, options) => new Worker(jobs.name, process, { connection, ...options })`. A delivery whose process has ended comes
   * again once its lock has expired, by BullMQ's `lockDuration` and `stalledInterval`.
   */
  readonly openWorker: (
    process: (job: BullmqJobLike, token?: string) => Promise<void>,
    options: BullmqWorkerOptions,
  ) => BullmqWorkerLike;
}

const optionsSchema = defineOptions<BullmqQueueOptions>({ required: { openWorker: option.callback }, optional: {} });
const queueSchema = defineOptions<{ readonly queue: BullmqQueueLike }>({
  required: { queue: option.withMethods("add") },
  optional: {},
});

/** A delivery that was lost with its process is no reason to give its job up. */
const NEVER_GIVEN_UP = 1_000_000;
const GIVEN_BACK_MS = 1_000;

/**
 * Creates a queue on BullMQ 5 or 6, of which it keeps nothing but parked actions. The application closes it after its workers. Jobs
 * are deleted once they are over, and are due by the clock of their worker. A job is as durable as Redis is.
 * @throws ConfigurationError that names the option that is wrong
 *
 * @example
 * const jobs = new Queue("parked", { connection });
 * const queue = createBullmqQueue(jobs, {
 *   openWorker: (process, options) => new Worker(jobs.name, process, { connection, ...options }),
 * });
 */
export function createBullmqQueue(queue: BullmqQueueLike, options: BullmqQueueOptions): ParkedQueue {
  readOptions("createBullmqQueue", queueSchema, { queue });
  const { openWorker } = readOptions("createBullmqQueue", optionsSchema, options);

  const deliverOne = async (
    job: BullmqJobLike,
    token: string | undefined,
    { deliver, onError }: ParkedDelivery,
  ): Promise<void> => {
    let dueAt: number;
    try {
      const disposition = await deliver(job.data as ParkedJob);
      if (disposition.kind === "done") return;
      // A crash after this has it delivered again, as it is now.
      await job.updateData(disposition.job);
      dueAt = disposition.job.dueAt;
    } catch (error) {
      onError(error);
      dueAt = Date.now() + GIVEN_BACK_MS;
    }
    // From here it goes to the end of the queue, once it is due.
    await job.moveToDelayed(dueAt, token);
    throw new MovedToDelayed();
  };

  return {
    name: "bullmq",
    async add(job) {
      await queue.add(job.action, job, {
        jobId: job.id,
        delay: Math.max(0, job.dueAt - Date.now()),
        attempts: NEVER_GIVEN_UP,
        backoff: { type: "fixed", delay: GIVEN_BACK_MS },
        removeOnComplete: true,
      });
    },
    async work(delivery) {
      const worker = openWorker((job, token) => deliverOne(job, token, delivery), {
        concurrency: delivery.concurrency,
        maxStalledCount: NEVER_GIVEN_UP,
      });
      worker.on("error", delivery.onError);
      await worker.waitUntilReady();
      return { stop: () => worker.close() };
    },
  };
}

/** By this name BullMQ knows that a job has been moved, and is neither completed nor failed. */
class MovedToDelayed extends Error {
  override readonly name = "DelayedError";
}
