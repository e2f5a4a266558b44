import { describeQueueConformance } from "@require-action/conformance/queue";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPgBossQueue } from "../src/pg-boss.ts";
import { dueJob, finishAll, takeForever } from "./jobs.ts";
import { openBosses, startBoss } from "./pg-boss.ts";

let bosses: Awaited<ReturnType<typeof openBosses>>;
beforeAll(async () => void (bosses = await openBosses()));
afterAll(() => bosses.close());

describeQueueConformance({ name: "pg-boss 10", open: () => bosses.open() });

it("F34: a delivery whose process was killed comes again once it has expired", async () => {
  const { queue, other } = await bosses.open({ expireInSeconds: 1 });
  const job = dueJob();
  await queue.add(job);
  await takeForever(queue);
  const { seen, deliveries } = await finishAll(other);
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
