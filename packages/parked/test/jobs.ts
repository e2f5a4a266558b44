import type { ParkedDeliveries, ParkedJob, ParkedQueue } from "@require-action/core/parked";
import { expect, onTestFinished } from "vitest";

/** A job that is due. */
export function dueJob(): ParkedJob {
  const now = Date.now();
  return { id: "x".repeat(43), action: "a", parkedAt: now, dueAt: now, expiresAt: now + 1e9, tries: 0, sealed: "s" };
}

/** Takes a job, whose delivery does not end before the test does: as far as the queue can see, its process was killed. */
export async function takeForever(queue: ParkedQueue): Promise<void> {
  let isTaken = false;
  let release = (): void => {};
  const deliveries = await queue.work({
    concurrency: 1,
    deliver() {
      isTaken = true;
      return new Promise((resolve) => (release = () => resolve({ kind: "done" })));
    },
    onError: () => {},
  });
  onTestFinished(() => {
    release();
    return deliveries.stop();
  });
  await expect.poll(() => isTaken).toBe(true);
}

/** Ends what is delivered; `seen` are the jobs. */
export async function finishAll(
  queue: ParkedQueue,
): Promise<{ readonly seen: readonly ParkedJob[]; readonly deliveries: ParkedDeliveries }> {
  const seen: ParkedJob[] = [];
  const deliveries = await queue.work({
    concurrency: 1,
    async deliver(job) {
      seen.push(job);
      return { kind: "done" };
    },
    onError: () => {},
  });
  return { seen, deliveries };
}
