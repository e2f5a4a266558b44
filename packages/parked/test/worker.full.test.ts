import { createGuard, createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import type { SynchronousLedger } from "@require-action/core/ledger";
import type { ParkedDelivery, ParkedJob, ParkedQueue } from "@require-action/core/parked";
import { createScriptedProvider } from "@require-action/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMemoryQueue, createParkedWorker, type ParkedHandler, type ParkedWorkerOptions } from "../src/index.ts";

/** What a database holds: claims and payments, of which a transaction writes both or none. */
interface Database {
  claims: ReadonlySet<string>;
  payments: readonly unknown[];
}

interface Transaction {
  readonly claims: Set<string>;
  readonly payments: unknown[];
}

/** A ledger of a database that answers at once, within its transaction. */
const ledger = {
  within: ({ claims }: Transaction): SynchronousLedger => ({
    name: "database",
    synchronous: true,
    claim: (key) => !claims.has(key) && Boolean(claims.add(key)),
    release: (key) => void claims.delete(key),
  }),
};

const BOUND = { amount: "10.00", payee: "DE02100100109307118603" };

function setUp(handler: ParkedHandler<Transaction>, options: Partial<ParkedWorkerOptions<Transaction>> = {}) {
  const provider = createScriptedProvider({ clock: { now: () => Date.now() } });
  const events: GuardEvent[] = [];
  const guard = createGuard<{ readonly user: string; readonly body: typeof BOUND }>({
    provider,
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
    user: ({ user }) => user,
    on: (event) => events.push(event),
  });
  const database: Database = { claims: new Set(), payments: [] };
  const transaction: ParkedWorkerOptions<Transaction>["transaction"] = (work) => {
    const open: Transaction = { claims: new Set(database.claims), payments: [...database.payments] };
    const commit = (): void => void Object.assign(database, open);
    const result = work(open);
    return result instanceof Promise ? result.then(commit) : commit();
  };
  const queue = createMemoryQueue();
  const protect = guard.protect("withdraw-funds", { claim: "handler", bind: ({ body }) => body, park: queue });
  return {
    provider,
    events,
    database,
    queue,
    /** Parks a withdrawal, and returns its key. */
    async park(): Promise<string> {
      provider.answerNext("REVIEW_REQUIRED");
      const verdict = await protect({
        native: { user: "alice", body: BOUND },
        method: "POST",
        target: "/withdrawals",
        ip: undefined,
        header: () => undefined,
        body: { sent: true, read: true, value: BOUND },
        closed: () => false,
        whenEnded: () => {},
      });
      if (verdict.kind !== "reply" || verdict.status !== 202) throw new Error("it was not parked");
      return JSON.parse(verdict.body).idempotencyKey;
    },
    async work(on: ParkedQueue = queue) {
      const actions = { "withdraw-funds": handler };
      const worker = await createParkedWorker(on, { guard, ledger, transaction, actions, ...options });
      onTestFinished(() => worker.stop());
      return worker;
    },
    steps: () => events.flatMap((event) => (event.type === "parked" ? [event.step] : [])),
  };
}

const pay: ParkedHandler<Transaction> = ({ userId, bound }, { payments }) => void payments.push({ userId, ...bound });
const PAYMENT = { userId: "alice", ...BOUND };

describe("a worker of parked actions", () => {
  it("runs what is approved, in the transaction of its claim, and nothing else", async () => {
    const { provider, park, work, database, queue } = setUp(pay);
    const [approved, rejected, open] = [await park(), await park(), await park()];
    provider.review(approved, "approve");
    provider.review(rejected, "reject");
    await work();
    await expect.poll(() => queue.list().length).toBe(1);
    expect(database.payments).toEqual([PAYMENT]);
    expect(database.claims.size).toBe(1);
    provider.review(open, "approve");
    await expect.poll(() => database.payments.length).toBe(2);
    await expect.poll(() => queue.list()).toEqual([]);
  });

  it("F34: runs work that throws again with the same approval, and commits it once", async () => {
    let times = 0;
    const { provider, park, work, database, steps, queue } = setUp(async (approved, transaction) => {
      await pay(approved, transaction);
      times += 1;
      if (times < 3) throw new Error("the bank is closed");
    });
    provider.review(await park(), "approve");
    await work();
    await expect.poll(() => database.payments).toEqual([PAYMENT]);
    await expect.poll(() => queue.list()).toEqual([]);
    expect([times, steps()]).toEqual([3, ["kept", "delayed", "delayed", "executed"]]);
  });

  it("F34: finds what a delivery before it has done, whose end nobody saw", async () => {
    const { provider, park, work, database, steps, queue } = setUp(pay);
    const key = await park();
    const [job] = queue.list();
    provider.review(key, "approve");
    await work();
    await expect.poll(() => database.payments.length).toBe(1);
    await expect.poll(() => queue.list()).toEqual([]);
    await queue.add(job!);
    await expect.poll(steps).toEqual(["kept", "executed", "ended"]);
    expect(database.payments).toEqual([PAYMENT]);
  });

  it("waits for no promise in a synchronous transaction", async () => {
    const answers: unknown[] = [];
    const { provider, park, work } = setUp(pay, {
      transaction: (doAll) => void answers.push(doAll({ claims: new Set(), payments: [] })),
    });
    provider.review(await park(), "approve");
    await work();
    await expect.poll(() => answers).toEqual([undefined]);
  });

  it("stops once what is under way has ended", async () => {
    const finish = withResolvers();
    let isRunning = false;
    const { provider, park, work, database } = setUp(async (approved, transaction) => {
      isRunning = true;
      await finish.promise;
      await pay(approved, transaction);
    });
    provider.review(await park(), "approve");
    const worker = await work();
    await expect.poll(() => isRunning).toBe(true);
    let hasStopped = false;
    const stopped = worker.stop().then(() => (hasStopped = true));
    expect(hasStopped).toBe(false);
    finish.resolve();
    await stopped;
    expect(database.payments).toEqual([PAYMENT]);
  });

  it("passes errors of the queue to onError, without which they are a warning that quotes nothing", async () => {
    const deliveries: ParkedDelivery[] = [];
    const queue: ParkedQueue = {
      name: "broken",
      add: async () => {},
      work: async (delivery) => {
        deliveries.push(delivery);
        return { stop: async () => {} };
      },
    };
    const errors: unknown[] = [];
    await setUp(pay, { onError: (error) => errors.push(error) }).work(queue);
    await setUp(pay).work(queue);
    const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => emitWarning.mockRestore());
    const error = new TypeError("postgres://bank:secret@host");
    for (const { onError } of deliveries) onError(error);
    expect(errors).toEqual([error]);
    expect(emitWarning.mock.calls).toEqual([
      [
        "The queue of parked actions failed (TypeError); its worker tries again.",
        expect.objectContaining({ code: "RA_PARKED_QUEUE" }),
      ],
    ]);
  });

  it("hands on jobs as the queue has them", async () => {
    const { park, work, queue, steps } = setUp(pay);
    await park();
    const [job] = queue.list();
    await queue.add({ ...job, id: "x" } as ParkedJob);
    await work();
    await expect.poll(() => queue.list().length).toBe(1);
    expect(steps()).toEqual(["kept"]);
  });
});

function withResolvers(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  return { promise: new Promise((settle) => (resolve = settle)), resolve: () => resolve() };
}
