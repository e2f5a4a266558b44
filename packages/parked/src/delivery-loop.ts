import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { ParkedDeliveries, ParkedDelivery, ParkedJob } from "@require-action/core/parked";

/** An engine of queues that is asked for what is due. */
export interface PolledEngine<Taken> {
  /** Milliseconds between two looks where nothing was due. */
  readonly idleMs: number;
  /** Takes up to `most` jobs that are due, so that nobody else gets them while they are under way. */
  take(most: number): Promise<readonly Taken[]>;
  /** What was parked, whatever it looks like. */
  jobOf(taken: Taken): unknown;
  /** Ends a delivery. `again` is kept first, so that a crash in between delivers twice and loses nothing. */
  conclude(taken: Taken, again: ParkedJob | undefined): Promise<void>;
  /** Has a delivery that failed come again. */
  giveBack(taken: Taken): Promise<void>;
}

/** After an error of the engine. */
const ERROR_WAIT_MS = 1_000;

/**
 * Takes jobs from an engine and delivers them, `concurrency` at once. Each has its place for itself: a slow one holds up no other
 * that was taken with it.
 */
export function createLoop<Taken>(
  { concurrency, deliver, onError }: ParkedDelivery,
  engine: PolledEngine<Taken>,
): ParkedDeliveries {
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  const pause = (ms: number): Promise<unknown> => wait(ms, undefined, { signal: ending.signal }).catch(() => {});

  const deliverOne = async (taken: Taken): Promise<void> => {
    try {
      const disposition = await deliver(engine.jobOf(taken) as ParkedJob);
      await engine.conclude(taken, disposition.kind === "again" ? disposition.job : undefined);
    } catch (error) {
      onError(error);
      // Where this fails too, the engine finds out by itself that the delivery has ended.
      await engine.giveBack(taken).catch(onError);
    }
  };

  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      if (underWay.size >= concurrency) {
        await Promise.race(underWay);
        continue;
      }
      const taken = await engine.take(concurrency - underWay.size).catch((error: unknown) => {
        onError(error);
        return undefined;
      });
      for (const one of taken ?? []) {
        const delivery = deliverOne(one).finally(() => underWay.delete(delivery));
        underWay.add(delivery);
      }
      // An engine that answers at once, and has always something that is due, lets nobody else have this process.
      await turn();
      if (taken === undefined) await pause(ERROR_WAIT_MS);
      else if (taken.length === 0) await pause(engine.idleMs);
    }
  };

  const looping = loop();
  return {
    async stop() {
      ending.abort();
      await looping;
      await Promise.all(underWay);
    },
  };
}
