import { randomBytes } from "node:crypto";
import * as bullmq from "bullmq";
import * as bullmq5 from "bullmq-5";
import { createBullmqQueue } from "../src/bullmq.ts";

export const REDIS_URL: string = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const connection = { url: REDIS_URL, maxRetriesPerRequest: null };

/** What is the same in versions 5 and 6. */
interface Version {
  readonly Queue: typeof bullmq.Queue;
  readonly Worker: typeof bullmq.Worker;
}

/** The versions that are supported. */
export const versions = { "BullMQ 5": bullmq5 as unknown as Version, "BullMQ 6": bullmq as Version };

/** Two connections to a queue of its own. `settings` are of its workers. */
export async function openBullmq({ Queue, Worker }: Version, settings: object = {}) {
  const prefix = `parked_${randomBytes(6).toString("hex")}`;
  const openOne = () => {
    const jobs = new Queue("parked", { connection, prefix });
    const queue = createBullmqQueue(jobs, {
      openWorker: (process, options) => new Worker(jobs.name, process, { connection, prefix, ...settings, ...options }),
    });
    return { jobs, queue };
  };
  const [mine, theirs] = [openOne(), openOne()];
  return {
    jobs: mine.jobs,
    queue: mine.queue,
    other: theirs.queue,
    lookMs: 50,
    async close() {
      await mine.jobs.obliterate({ force: true });
      for (const { jobs } of [mine, theirs]) await jobs.close();
    },
  };
}
