import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { ParkedDisposition, ParkedJob } from "@require-action/core/parked";
import type { ConformanceCase, ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { DONE, jobOf, type QueueHarness, settle, until, working } from "./queue-harness.ts";

/** Every requirement of the port of queues. */
export const queueCases: readonly ConformanceCase<QueueHarness>[] = [
  {
    title: "a job is delivered as it was added, to another process too",
    async run({ queue, other }) {
      const jobs = [jobOf(), jobOf({ tries: 7, action: "A_z-9", sealed: randomBytes(24_000).toString("base64url") })];
      for (const job of jobs) await queue.add(job);
      await working(
        other,
        () => DONE,
        async (seen) => {
          await until(() => seen.length === jobs.length, "the delivery");
          const byTries = (a: ParkedJob, b: ParkedJob): number => a.tries - b.tries;
          assert.deepEqual([...seen].map((job) => ({ ...job })).sort(byTries), jobs);
        },
      );
    },
  },
  {
    title: "a job that was added before any worker is delivered to one that comes later",
    async run(harness) {
      const { queue, other } = harness;
      const job = jobOf();
      await queue.add(job);
      await settle(harness);
      await working(
        other,
        () => DONE,
        (seen) => until(() => seen[0]?.id === job.id, "the delivery"),
      );
    },
  },
  {
    title: "a job that is done is not delivered again, and others after it are",
    async run(harness) {
      const { queue } = harness;
      const [first, second] = [jobOf(), jobOf()];
      await queue.add(first);
      await working(
        queue,
        () => DONE,
        async (seen) => {
          await until(() => seen.length === 1, "the delivery");
          await settle(harness);
          await queue.add(second);
          await until(() => seen.length === 2, "the second delivery");
          assert.deepEqual(
            seen.map(({ id }) => id),
            [first.id, second.id],
          );
        },
      );
    },
  },
  {
    title: "adding a job whose id waits already changes nothing",
    async run(harness) {
      const { queue, other } = harness;
      const job = jobOf();
      await Promise.all([queue.add(job), other.add(job), queue.add(job)]);
      await other.add({ ...job, tries: 9 });
      await working(
        queue,
        () => DONE,
        async (seen) => {
          await until(() => seen.length > 0, "the delivery");
          await settle(harness);
          assert.deepEqual(
            seen.map(({ tries }) => tries),
            [0],
          );
        },
      );
    },
  },
  {
    title: "a job is not delivered before it is due",
    async run({ queue }) {
      const job = jobOf({ dueAt: Date.now() + 1_000 });
      await queue.add(job);
      await working(
        queue,
        () => DONE,
        async (seen) => {
          await until(() => seen.length === 1, "the delivery");
          assert.ok(Date.now() >= job.dueAt - 50, "it was delivered early");
        },
      );
    },
  },
  {
    title: "a job that is to come again comes again when it is due, as it was changed",
    async run(harness) {
      const { queue } = harness;
      const job = jobOf();
      let dueAt = 0;
      await queue.add(job);
      await working(
        queue,
        (delivered) => {
          if (delivered.tries === 3) return DONE;
          dueAt = Date.now() + 400;
          return { kind: "again", job: { ...delivered, dueAt, tries: delivered.tries + 1 } };
        },
        async (seen) => {
          await until(() => seen.length === 4, "the fourth delivery");
          assert.ok(Date.now() >= dueAt - 50, "it was delivered early");
          assert.deepEqual(
            seen.map(({ tries }) => tries),
            [0, 1, 2, 3],
          );
          await settle(harness);
          assert.equal(seen.length, 4);
        },
      );
    },
  },
  {
    title: "a job whose delivery failed is delivered again",
    async run({ queue }) {
      const job = jobOf();
      await queue.add(job);
      let times = 0;
      await working(
        queue,
        () => {
          times += 1;
          if (times === 1) throw new Error("the worker is at fault");
          return DONE;
        },
        (seen) => until(() => seen.length === 2, "the second delivery"),
      );
    },
  },
  {
    title: "jobs that come again and again hold up no other, at one place for all of them",
    async run({ queue }) {
      const undecided = Array.from({ length: 30 }, () => jobOf());
      for (const job of undecided) await queue.add(job);
      await working(
        queue,
        (job) => (job.action === "other" ? DONE : { kind: "again", job: { ...job, dueAt: Date.now() } }),
        async (seen) => {
          await until(() => seen.length > 30, "the deliveries");
          const decided = jobOf({ action: "other" });
          await queue.add(decided);
          const before = seen.length;
          await until(() => seen.some(({ id }) => id === decided.id), "the delivery of another job");
          const between = seen.findIndex(({ id }) => id === decided.id) - before;
          assert.ok(between <= 2 * undecided.length, `${between} deliveries came before it`);
        },
        1,
      );
    },
  },
  {
    title: "a delivery that takes long holds up no other",
    async run({ queue }) {
      const [slow, quick] = [jobOf({ action: "slow" }), jobOf({ dueAt: Date.now() + 500 })];
      await queue.add(slow);
      await queue.add(quick);
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      await working(
        queue,
        async ({ action }) => {
          if (action === "slow") await held;
          return DONE;
        },
        async (seen) => {
          try {
            await until(() => seen.length === 2, "the delivery of the other");
          } finally {
            release();
          }
        },
        2,
      );
    },
  },
  {
    title: "at most as many deliveries as asked for are under way at once",
    async run({ queue }) {
      for (let index = 0; index < 12; index++) await queue.add(jobOf());
      let underWay = 0;
      let most = 0;
      await working(
        queue,
        async () => {
          most = Math.max(most, (underWay += 1));
          await wait(50);
          underWay -= 1;
          return DONE;
        },
        (seen) => until(() => seen.length === 12 && underWay === 0, "all deliveries"),
        3,
      );
      assert.ok(most <= 3, `${most} were under way`);
    },
  },
  {
    title: "of two workers, one gets a job while it is under way",
    async run(harness) {
      const { queue, other } = harness;
      for (let index = 0; index < 20; index++) await queue.add(jobOf());
      const slowly = async (): Promise<ParkedDisposition> => {
        await wait(100);
        return DONE;
      };
      await working(queue, slowly, (mine) =>
        working(other, slowly, async (theirs) => {
          await until(() => mine.length + theirs.length >= 20, "all deliveries");
          await settle(harness);
          const ids = [...mine, ...theirs].map(({ id }) => id);
          assert.equal(new Set(ids).size, 20);
          assert.equal(ids.length, 20);
        }),
      );
    },
  },
  {
    title: "stopping waits for what is under way, and nothing is delivered afterwards",
    async run(harness) {
      const { queue } = harness;
      await queue.add(jobOf());
      let hasEnded = false;
      await working(
        queue,
        async () => {
          await wait(300);
          hasEnded = true;
          return DONE;
        },
        async (seen, deliveries) => {
          await until(() => seen.length === 1, "the delivery");
          await deliveries.stop();
          assert.ok(hasEnded, "the delivery was still under way");
          await queue.add(jobOf());
          await settle(harness);
          assert.equal(seen.length, 1);
        },
      );
    },
  },
];

/**
 * Declares a vitest suite that puts a queue of parked actions through every requirement of the port. Call it at the top level of a
 * test file, or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeQueueConformance({
 *   name: "memory",
 *   open() {
 *     const queue = createMemoryQueue();
 *     return { queue, other: queue, lookMs: 25 };
 *   },
 * });
 */
export function describeQueueConformance(options: ConformanceOptions<QueueHarness>): void {
  describeCases("queue", queueCases, options);
}
