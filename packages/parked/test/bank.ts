import { createGuard } from "@require-action/core";
import { createEngine } from "@require-action/engine";
import { createPostgresLedger, createPostgresStore } from "@require-action/sql";
import type { ParkedQueue } from "@require-action/core/parked";
import pg from "pg";
import { createParkedWorker, type ParkedWorkerOptions } from "../src/index.ts";
import { DATABASE_URL } from "./pg-boss.ts";

const SECRET = "a secret of at least thirty-two bytes";
const PATIENCE_MS = 30_000;

/** Where a process may be killed: between each step and the next, of a client's request and of a delivery. */
export const clientPoints = ["tracked", "kept"] as const;
export const workerPoints = ["delivered", "verified", "claimed", "paid", "committed", "deleting"] as const;

export type Point = (typeof clientPoints)[number] | (typeof workerPoints)[number] | "again";

/** Called at each point that is passed. */
export type Pass = (point: Point) => void | Promise<void>;

/** A bank whose engine, ledger, queue and accounts are in one schema of PostgreSQL. Payments of more than 1,000 are reviewed. */
export async function openBank(schema: string, queueOf: () => Promise<ParkedQueue>, pass: Pass = () => {}) {
  const pool = new pg.Pool({
    connectionString: DATABASE_URL,
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
  const inner = await queueOf();
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
    user: () => "alice",
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

  return {
    pool,
    engine,
    queue,
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
    /** Approves whatever is under review. */
    async approveAll(): Promise<void> {
      for (;;) {
        const { items } = await engine.reviews.list({ limit: 200 });
        if (items.length === 0) return;
        for (const { userId, action, idempotencyKey } of items) {
          await engine.reviews.approve({ userId, action, idempotencyKey }, { reviewer: "rita" });
        }
      }
    },
    /** How often each reference was paid. */
    async payments(): Promise<ReadonlyMap<string, number>> {
      const { rows } = await pool.query(
        `SELECT reference, count(*)::int AS times FROM "${schema}".payments GROUP BY 1`,
      );
      return new Map(rows.map(({ reference, times }) => [reference, times]));
    },
    work: () =>
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
        actions: {
          "withdraw-funds": ({ userId, bound }, client) =>
            client.query(`INSERT INTO "${schema}".payments VALUES ($1, $2)`, [bound.reference, userId]),
        },
        onError: () => {},
      }),
    close: () => pool.end(),
  };
}
