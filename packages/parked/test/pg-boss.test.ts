import { describeQueueConformance } from "@require-action/conformance/queue";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPgBossQueue } from "../src/pg-boss.ts";
import { openBosses, startBoss } from "./pg-boss.ts";

let bosses: Awaited<ReturnType<typeof openBosses>>;
beforeAll(async () => void (bosses = await openBosses()));
afterAll(() => bosses.close());

describeQueueConformance({ name: "pg-boss 10", open: () => bosses.open() });

it("F34: a delivery whose process was killed comes again once it has expired", async () => {
  const { queue, other } = await bosses.open({ expireInSeconds: 1 });
  const now = Date.now();
  const job = {
    id: "x".repeat(43),
    action: "a",
    parkedAt: now,
    dueAt: now,
    expiresAt: now + 1e9,
    tries: 0,
    sealed: "s",
  };
  await queue.add(job);
  let isTaken = false;
  // It ends with its process, as far as the queue can see.
  await queue.work({
    concurrency: 1,
    deliver: () => {
      isTaken = true;
      return new Promise(() => {});
    },
    onError: () => {},
  });
  await expect.poll(() => isTaken).toBe(true);
  const seen: unknown[] = [];
  const deliveries = await other.work({
    concurrency: 1,
    deliver: async (delivered) => {
      seen.push(delivered);
      return { kind: "done" };
    },
    onError: () => {},
  });
  await expect.poll(() => seen).toEqual([job]);
  await deliveries.stop();
});

it("refuses a queue of another policy, which would deliver a job twice", async () => {
  const boss = await startBoss(bosses.schema);
  try {
    await boss.createQueue("standard", { name: "standard" });
    await expect(createPgBossQueue(boss, { name: "standard" })).rejects.toThrow(
      "createPgBossQueue: name: is a queue of another policy",
    );
  } finally {
    await boss.stop({ graceful: false, wait: true });
  }
});
