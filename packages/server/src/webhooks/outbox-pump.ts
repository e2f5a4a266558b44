import type { Store } from "@require-action/engine";
import type { OutboxRecord } from "@require-action/engine/store";

/** How much is taken at once, and sent at once. */
const BATCH = 16;
/** Longer than sending takes: what a process that ended had taken is due again then. */
const LEASE_MS = 60_000;
const POLL_MS = 1_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** Brings what is in the outbox to its receiver, at least once each, in no particular order. */
export interface OutboxPump {
  /** Sends what is due, and resolves to how much of it arrived. @throws the store's error */
  deliverDue(): Promise<number>;
  /** Looks each second, until it is stopped. A store that is out of reach is asked again. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** How many events arrived, and what the news becomes, if it does not end there. False where it is to be tried again. */
export type Delivered =
  | false
  | {
      readonly arrived: number;
      readonly next?: { readonly dueAt: number; readonly data: OutboxRecord["data"] };
    };

/** Creates a pump that is not running. `afterwards` comes after each look. */
export function createOutboxPump(
  store: Pick<Store, "settleOutbox" | "takeOutbox">,
  now: () => number,
  afterwards: () => Promise<void>,
  deliver: (news: OutboxRecord) => Promise<Delivered>,
): OutboxPump {
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isStopping = false;
  let underWay: Promise<unknown> = Promise.resolve();

  const goesOn = (): boolean => !isStopping;

  async function deliverOne(news: OutboxRecord): Promise<number> {
    const { eventId, attempts } = news;
    const delivered = await deliver(news);
    if (delivered === false) {
      await store.settleOutbox(eventId, now() + waitAfter(attempts));
      return 0;
    }
    const { arrived, next } = delivered;
    await store.settleOutbox(eventId, next?.dueAt, next?.data);
    return arrived;
  }

  async function deliverDue(): Promise<number> {
    let arrived = 0;
    let taken: readonly OutboxRecord[];
    do {
      const at = now();
      taken = await store.takeOutbox(at, at + LEASE_MS, BATCH);
      // One that cannot be settled is due again when its lease ends; the others are not held up.
      const delivered = await Promise.allSettled(taken.map(deliverOne));
      for (const one of delivered) if (one.status === "fulfilled") arrived += one.value;
    } while (taken.length === BATCH && goesOn());
    await afterwards();
    return arrived;
  }

  function schedule(): void {
    if (!isRunning) return;
    // A delivery that was under way when this was stopped and started again ends now, and another is due already.
    clearTimeout(timer);
    timer = setTimeout(() => {
      underWay = deliverDue()
        .catch(() => 0)
        .finally(schedule);
    }, POLL_MS);
    timer.unref();
  }

  return {
    deliverDue,
    start() {
      if (isRunning) return;
      isRunning = true;
      isStopping = false;
      schedule();
    },
    async stop() {
      isRunning = false;
      isStopping = true;
      clearTimeout(timer);
      await underWay;
      isStopping = false;
    },
  };
}

/** Twice as long each time, up to an hour. */
function waitAfter(attempts: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 16), LONGEST_WAIT_MS);
}
