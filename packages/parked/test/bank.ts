import { createGuard } from "@require-action/core";
import { createEngine } from "@require-action/engine";
import { createPostgresLedger, createPostgresStore } from "@require-action/sql";
import type { ParkedQueue } from "@require-action/core/parked";
import pg from "pg";
import { createParkedWorker, type ParkedHandler, type ParkedWorkerOptions } from "../src/index.ts";
import { DATABASE_URL } from "./postgres.ts";

const SECRET = "a secret of at least thirty-two bytes";
const PATIENCE_MS = 30_000;
const ALICE = { userId: "alice", action: "withdraw-funds" };

/** Where a process may be killed whatever its queue is: between each step and the next, of a request and of a delivery. */
export const clientPoints: readonly string[] = ["tracked", "kept"];
export const workerPoints: readonly string[] = ["delivered", "verified", "claimed", "paid", "committed"];

/** Called at each point that is passed. */
export type Pass = (point: string) => void | Promise<void>;

/** Where a bank is. */
export interface BankPlace {
  readonly schema: string;
  readonly databaseUrl?: string;
}

/** A bank whose engine, ledger and accounts are in one schema of PostgreSQL. Each payment is reviewed. */
export async function openBank(
  { schema, databaseUrl = DATABASE_URL }: BankPlace,
  inner: ParkedQueue,
  pass: Pass = () => {},
) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 6,
    connectionTimeoutMillis: PATIENCE_MS,
    statement_timeout: PATIENCE_MS,
  });
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  const settings = { schema, migrate: true, queryTimeoutMs: PATIENCE_MS };
  const store = await createPostgresStore(pool, settings);
  const ledger = await createPostgresLedger(pool, settings);
  await pool.query(`CREATE TABLE IF NOT EXISTS "${schema}".payments (reference text, owner text)`);
  const engine = createEngine({
    policy: { actions: { "withdraw-funds": { defaultOutcome: "REVIEW" } } },
    secrets: [SECRET],
    issuer: "bank",
    baseUrl: "https://bank.example",
    store,
  });
  const queue: ParkedQueue = {
    name: inner.name,
    async add(job) {
      await pass("tracked");
      await inner.add(job);
      await pass("kept");
    },
    work: ({ deliver, ...delivery }) =>
      inner.work({
        ...delivery,
        async deliver(job) {
          await pass("delivered");
          const disposition = await deliver(job);
          if (disposition.kind === "again") await pass("again");
          return disposition;
        },
      }),
  };
  const guard = createGuard<{ readonly reference: string }>({
    provider: engine,
    sealSecrets: [SECRET],
    ledger,
    claim: "handler",
    user: () => ALICE.userId,
    deadlineMs: { decision: PATIENCE_MS, ledger: PATIENCE_MS },
    resilience: "none",
  });
  const protect = guard.protect("withdraw-funds", { bind: ({ reference }) => ({ reference }), park: queue });

  const transaction: ParkedWorkerOptions<pg.PoolClient>["transaction"] = async (work) => {
    await pass("verified");
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      await client.query("BEGIN");
      await work(client);
      await pass("paid");
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch((broken: Error) => (failure = broken));
      throw error;
    } finally {
      client.release(failure);
    }
    await pass("committed");
  };

  const approve = (review: { readonly userId: string; readonly action: string; readonly idempotencyKey: string }) =>
    engine.reviews.approve(review, { reviewer: "rita" });
  const pay: ParkedHandler<pg.PoolClient> = ({ userId, bound }, client) =>
    client.query(`INSERT INTO "${schema}".payments VALUES ($1, $2)`, [bound["reference"], userId]);

  return {
    engine,
    pay,
    /** Asks for a payment; the idempotency key, once the client has its 202. */
    async ask(reference: string): Promise<string> {
      const verdict = await protect({
        native: { reference },
        method: "POST",
        target: "/payments",
        ip: undefined,
        header: () => undefined,
        body: { sent: false, read: true, value: undefined },
        closed: () => false,
        whenEnded: () => {},
      });
      if (verdict.kind !== "reply" || verdict.status !== 202)
        throw new Error(`it was not parked: ${JSON.stringify(verdict)}`);
      return JSON.parse(verdict.body).idempotencyKey;
    },
    approve: (idempotencyKey: string): Promise<unknown> => approve({ ...ALICE, idempotencyKey }),
    /** Approves whatever is under review. */
    async approveAll(): Promise<void> {
      for (;;) {
        const { items } = await engine.reviews.list({ limit: 200 });
        if (items.length === 0) return;
        for (const { userId, action, idempotencyKey } of items) await approve({ userId, action, idempotencyKey });
      }
    },
    /** How often each reference was paid. */
    async payments(): Promise<ReadonlyMap<string, number>> {
      const { rows } = await pool.query(
        `SELECT reference, count(*)::int AS times FROM "${schema}".payments GROUP BY 1`,
      );
      return new Map(rows.map(({ reference, times }) => [reference, times]));
    },
    work: ({ handler = pay, concurrency = 5 }: { readonly handler?: typeof pay; readonly concurrency?: number } = {}) =>
      createParkedWorker<pg.PoolClient>(queue, {
        guard,
        ledger: {
          within: (client) => {
            const within = ledger.within(client);
            return {
              name: within.name,
              async claim(...asked) {
                const won = await within.claim(...asked);
                await pass("claimed");
                return won;
              },
            };
          },
        },
        transaction,
        actions: { "withdraw-funds": handler },
        concurrency,
        onError: () => {},
      }),
    close: () => pool.end(),
  };
}
