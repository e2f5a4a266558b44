import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { ParkedDeliveries, ParkedDisposition, ParkedJob, ParkedQueue } from "@require-action/core/parked";
import type { OpenHarness } from "../suite/conformance-case.ts";

/** A queue of parked actions under test, empty. It goes by the machine's clock, as engines of queues do. */
export interface QueueHarness extends OpenHarness {
  readonly queue: ParkedQueue;
  /** Another connection to the same queue, as another process has it; `queue` itself where a queue serves one process only. */
  readonly other: ParkedQueue;
  /** Milliseconds from one look of a worker at what is due to the next. */
  readonly lookMs: number;
}

export const DONE: ParkedDisposition = { kind: "done" };
const PATIENCE_MS = 15_000;

/** Waits for what a worker would have done by now. */
export const settle = ({ lookMs }: QueueHarness): Promise<unknown> => wait(4 * lookMs + 100);

/** A job as a guard makes it, due at once unless told otherwise. */
export function jobOf(changes: Partial<ParkedJob> = {}): ParkedJob {
  const now = Date.now();
  return {
    id: randomBytes(32).toString("base64url"),
    action: "withdraw-funds",
    parkedAt: now,
    dueAt: now,
    expiresAt: now + 86_400_000,
    tries: 0,
    sealed: randomBytes(600).toString("base64url"),
    ...changes,
  };
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(Date.now() < end, `${what} did not happen within ${PATIENCE_MS} ms`);
    await wait(10);
  }
}

/** Works on a queue while `body` runs; `seen` are the jobs that were delivered, in their order. */
export async function working(
  queue: ParkedQueue,
  deliver: (job: ParkedJob) => ParkedDisposition | Promise<ParkedDisposition>,
  body: (seen: readonly ParkedJob[], deliveries: ParkedDeliveries) => Promise<void>,
  concurrency = 5,
): Promise<void> {
  const seen: ParkedJob[] = [];
  const deliveries = await queue.work({
    concurrency,
    async deliver(job) {
      seen.push(job);
      return deliver(job);
    },
    onError: () => {},
  });
  try {
    await body(seen, deliveries);
  } finally {
    await deliveries.stop();
  }
}
