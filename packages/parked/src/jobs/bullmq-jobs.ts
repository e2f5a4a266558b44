import { defineOptions, option, readOptions } from "@require-action/core/options";
import { type ParkedJobs, summariesOf } from "./parked-jobs.ts";

/** The part of BullMQ's `Queue` that is used here: of version 5 or 6. */
export interface BullmqJobsQueueLike {
  getJobs(types: any, start: number, end: number, ascending: boolean): Promise<readonly any[]>;
  getJob(id: string): Promise<any>;
  getJobCountByTypes(...types: any[]): Promise<number>;
  promoteJobs(): Promise<unknown>;
}

const queueSchema = defineOptions<{ readonly queue: BullmqJobsQueueLike }>({
  required: { queue: option.withMethods("getJobs", "getJob", "getJobCountByTypes", "promoteJobs") },
  optional: {},
});

const WAITING = ["waiting", "prioritized"];
const MOST = 1_000;

/**
 * Opens the jobs of a queue for who operates it.
 * @throws ConfigurationError where it is no queue of BullMQ
 */
export function openBullmqJobs(queue: BullmqJobsQueueLike): ParkedJobs {
  readOptions("openBullmqJobs", queueSchema, { queue });
  const listOf = async (types: readonly string[], isUnderWay: boolean) => {
    const jobs = await queue.getJobs(types, 0, MOST - 1, true);
    // One that has ended meanwhile is not there.
    return jobs.flatMap((job) => summariesOf(job?.data, { isUnderWay }));
  };
  return {
    async list() {
      const [active, waiting] = await Promise.all([listOf(["active"], true), listOf([...WAITING, "delayed"], false)]);
      return [...active, ...waiting].toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).slice(0, MOST);
    },
    async retry(id) {
      if (id === undefined) {
        const count = await queue.getJobCountByTypes(...WAITING, "delayed");
        await queue.promoteJobs();
        return count;
      }
      const job = await queue.getJob(id);
      const state: unknown = await job?.getState();
      if (state === "delayed") {
        await job.promote().catch(async (error: unknown) => {
          // It has come due meanwhile.
          if (await job.isDelayed()) throw error;
        });
        return 1;
      }
      return WAITING.includes(state as string) ? 1 : 0;
    },
  };
}
