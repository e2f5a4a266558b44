import type { ApprovedAction, Guard } from "@require-action/core";
import type { ClaimingLedger, Ledger } from "@require-action/core/ledger";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedQueue } from "@require-action/core/parked";
import { type Awaitable, isPromiseLike } from "@require-action/core/provider";

/**
 * Does what was approved, within a transaction in which the approval has been claimed. Where it throws, the transaction is rolled
 * back, and it is called again later with the same approval; to give up, it commits what it knows and returns.
 */
export type ParkedHandler<Transaction> = (
  approved: ApprovedAction<any, string>,
  transaction: Transaction,
) => Awaitable<unknown>;

/** Options of {@link createParkedWorker}. */
export interface ParkedWorkerOptions<Transaction> {
  /** Verifies each action as it would verify its client's repeat: with the provider and the seal secrets of the routes. */
  readonly guard: Pick<Guard<any>, "runParked">;
  /** The ledger of the routes' handlers. */
  readonly ledger: { within(transaction: NoInfer<Transaction>): ClaimingLedger };
  /**
   * Runs `work` in a transaction of the application's own database, as `(work) => db.transaction(work)`: commits when it resolves,
   * rolls back and rejects when it rejects. With a synchronous ledger, `work` answers at once where the handler does.
   */
  readonly transaction: (work: (transaction: Transaction) => any) => Awaitable<unknown>;
  /** What is to be done, by action. */
  readonly actions: Readonly<Record<string, ParkedHandler<Transaction>>>;
  /** How many actions are under way at once. 5 by default. */
  readonly concurrency?: number;
  /** Learns of errors of the queue, after which the worker goes on by itself. A process warning by default. */
  readonly onError?: (error: unknown) => void;
}

/** Runs parked actions once they are approved. */
export interface ParkedWorker {
  /** Takes nothing more from the queue, and resolves once what is under way has ended. */
  stop(): Promise<void>;
}

const optionsSchema = defineOptions<ParkedWorkerOptions<any>>({
  required: {
    guard: option.withMethods("runParked"),
    ledger: option.withMethods("within"),
    transaction: option.callback,
    actions: option.matching(
      (value) =>
        typeof value === "object" &&
        value !== null &&
        Object.values(value).length > 0 &&
        Object.values(value).every((handler) => typeof handler === "function"),
      "must be a record of functions by action, with at least one",
    ),
  },
  optional: { concurrency: option.whole({ least: 1, most: 1000 }), onError: option.callback },
});

const queueSchema = option.withMethods("add", "work");
const workerSchema = defineOptions<{ readonly queue: ParkedQueue }>({
  required: { queue: queueSchema },
  optional: {},
});

/**
 * Starts a worker, here or in another process than the routes: any number of them may run at once. Each action runs once, however
 * often its queue delivers it, since its claim and its work are one transaction.
 * @throws ConfigurationError that names the option that is wrong
 *
 * @example
 * const queue = createMemoryQueue();
 * const worker = await createParkedWorker(queue, {
 *   guard: requireAction.guard,
 *   ledger,
 *   transaction: (work) => db.transaction(work),
 *   actions: { "withdraw-funds": (approved, tx) => pay(approved.bound, tx) },
 * });
 */
export async function createParkedWorker<Transaction>(
  queue: ParkedQueue,
  given: ParkedWorkerOptions<Transaction>,
): Promise<ParkedWorker> {
  readOptions("createParkedWorker", workerSchema, { queue });
  const options: ParkedWorkerOptions<Transaction> = readOptions("createParkedWorker", optionsSchema, given);
  const { guard, ledger, transaction, concurrency = 5, onError = warn } = options;
  const handlers = new Map(Object.entries(options.actions));

  return queue.work({
    concurrency,
    onError,
    deliver: (job) =>
      guard.runParked({ queue: queue.name, job }, (action) => {
        const handler = handlers.get(action);
        if (handler === undefined) return undefined;
        return async (approved) => {
          await transaction((tx) => {
            // A synchronous ledger claims at once, and nothing may be waited for in its transaction.
            const claimed: unknown = approved.claim(ledger.within(tx) as Ledger);
            return isPromiseLike(claimed) ? claimed.then(() => handler(approved, tx)) : handler(approved, tx);
          });
        };
      }),
  });
}

function warn(error: unknown): void {
  // A client library's message may name hosts and users.
  const kind = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`The queue of parked actions failed (${kind}); its worker tries again.`, {
    type: "RequireActionWarning",
    code: "RA_PARKED_QUEUE",
  });
}
