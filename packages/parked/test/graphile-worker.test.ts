import { expect, it } from "vitest";
import { createGraphileWorkerQueue, type GraphileRunOptions } from "../src/graphile-worker.ts";
import { dueJob } from "./jobs.ts";

it("F34: a worker that stops waits for what is under way, though its database has gone and another delivery fails", async () => {
  const failLate = (): Promise<never> => new Promise((_resolve, reject) => setTimeout(reject, 20, new Error("down")));
  let started: GraphileRunOptions | undefined;
  let added = 0;
  const utils = {
    addJob: async () => (++added === 1 ? { id: "1" } : failLate()),
    completeJobs: async () => {},
    forceUnlockWorkers: async () => {},
    withPgClient: async (): Promise<any> => [],
  };
  const queue = createGraphileWorkerQueue(utils, {
    name: "parked",
    run: async (options) => {
      started = options;
      let end = (): void => {};
      const promise = new Promise<void>((resolve) => (end = resolve));
      return { promise, events: { once: () => {} }, stop: async () => end() };
    },
  });
  const seen: string[] = [];
  const deliveries = await queue.work({
    concurrency: 2,
    onError: () => {},
    async deliver() {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen.push("ended");
      return { kind: "done" };
    },
  });
  const runs = [dueJob(), dueJob()].map((job) => started!.taskList["parked"]!(job));
  await deliveries.stop();
  expect(seen).toEqual(["ended"]);
  // graphile-worker has it run again.
  expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});
