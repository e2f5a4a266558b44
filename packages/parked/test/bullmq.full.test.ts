import { describeQueueConformance } from "@require-action/conformance/queue";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBullmq, versions } from "./bullmq.ts";
import { dueJob, finishAll, takeForever } from "./jobs.ts";

describe.each(Object.entries(versions))("%s", (name, version) => {
  describeQueueConformance({ name, open: () => openBullmq(version) });

  it("F34: a delivery whose process was killed comes again once its lock has expired", async () => {
    const settings = { lockDuration: 500, lockRenewTime: 60_000, stalledInterval: 100 };
    const { queue, other, close } = await openBullmq(version, settings);
    onTestFinished(close);
    const job = dueJob();
    await queue.add(job);
    await takeForever(queue);
    const { seen, deliveries } = await finishAll(other);
    await expect.poll(() => seen).toEqual([job]);
    await deliveries.stop();
  });
});
