// Compiled by `npm run typecheck`, and not run.
import type { Guard, MemoryLedger } from "@require-action/core";
import type { ParkedQueue } from "@require-action/core/parked";
import type { RequireAction } from "@require-action/express";
import type { PostgresLedger } from "@require-action/sql";
import type { Queue, Worker } from "bullmq";
import type { Queue as Queue5, Worker as Worker5 } from "bullmq-5";
import type { run, Runner, WorkerUtils } from "graphile-worker";
import type pg from "pg";
import type PgBoss from "pg-boss";
import { expectTypeOf } from "vitest";
import { createBullmqQueue } from "../src/bullmq.ts";
import { createGraphileWorkerQueue } from "../src/graphile-worker.ts";
import { createMemoryQueue, createParkedWorker, type ParkedWorker } from "../src/index.ts";
import { createPgBossQueue } from "../src/pg-boss.ts";

declare const guard: Guard<any>;
declare const queue: ParkedQueue;
declare const requireAction: RequireAction;
declare const ledger: PostgresLedger;
declare const memoryLedger: MemoryLedger;

/** A transaction of the application's own. */
declare const transaction: (work: (transaction: pg.PoolClient) => unknown) => Promise<void>;

/** The transaction types what a handler receives, and the ledger has to take it. */
export function worker(): void {
  const started = createParkedWorker(queue, {
    guard,
    ledger,
    transaction,
    actions: {
      "withdraw-funds": (approved, tx) => {
        expectTypeOf(tx).toEqualTypeOf<pg.PoolClient>();
        expectTypeOf(approved.userId).toEqualTypeOf<string>();
      },
    },
  });
  expectTypeOf(started).resolves.toEqualTypeOf<ParkedWorker>();
  // @ts-expect-error -- a ledger that cannot claim within a transaction
  void createParkedWorker(queue, { guard, ledger: memoryLedger, transaction, actions: {} });
  // @ts-expect-error -- no guard, without which nothing is verified
  void createParkedWorker(queue, { ledger, transaction, actions: {} });
  // @ts-expect-error -- no such option
  void createParkedWorker(queue, { guard, ledger, transaction, actions: {}, concurency: 2 });
}

/** What is parked is bound, and a route takes every queue. */
export function routes(): void {
  const bind = (): { amount: string } => ({ amount: "1.00" });
  const withdrawal = requireAction("withdraw-funds", { bind, claim: "handler", park: createMemoryQueue() });
  expectTypeOf(withdrawal.approved).returns.toHaveProperty("bound").toEqualTypeOf<{ readonly amount: string }>();
  // @ts-expect-error -- no queue
  requireAction("withdraw-funds", { bind, claim: "handler", park: { add: queue.add } });
}

/** The engines' own objects are what the queues take, of each version. */
export function engines(
  boss: PgBoss,
  utils: WorkerUtils,
  start: typeof run,
  jobs: Queue,
  jobs5: Queue5,
  open: Worker,
  open5: Worker5,
): void {
  expectTypeOf(createPgBossQueue(boss)).resolves.toEqualTypeOf<ParkedQueue>();
  expectTypeOf(
    createGraphileWorkerQueue(utils, {
      run: (options) => {
        expectTypeOf(start(options)).resolves.toEqualTypeOf<Runner>();
        return start(options);
      },
    }),
  ).toEqualTypeOf<ParkedQueue>();
  expectTypeOf(createBullmqQueue(jobs, { openWorker: () => open })).toEqualTypeOf<ParkedQueue>();
  expectTypeOf(createBullmqQueue(jobs5, { openWorker: () => open5 })).toEqualTypeOf<ParkedQueue>();
  // @ts-expect-error -- nothing that starts a worker
  createGraphileWorkerQueue(utils, {});
  // @ts-expect-error -- in place of a queue
  void createPgBossQueue(jobs);
}
