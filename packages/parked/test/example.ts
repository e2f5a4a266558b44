import type { ApprovedAction } from "@require-action/core";
import type { ActionProvider } from "@require-action/core/provider";
import { createRequireAction } from "@require-action/express";
import { createParkedWorker } from "@require-action/parked";
import { createPgBossQueue } from "@require-action/parked/pg-boss";
import { createPostgresLedger } from "@require-action/sql";
import express from "express";
import type pg from "pg";
import type PgBoss from "pg-boss";

export async function createBank(pool: pg.Pool, boss: PgBoss, provider: ActionProvider, sealSecrets: string[]) {
  const ledger = await createPostgresLedger(pool, { migrate: true });
  const queue = await createPgBossQueue(boss);
  const requireAction = createRequireAction({
    provider,
    sealSecrets,
    ledger,
    claim: "handler",
    parkedPath: "/parked-actions",
  });
  const withdrawal = requireAction("withdraw-funds", {
    bind: (req) => ({ amount: String(req.body.amount), payee: String(req.body.payee) }),
    park: queue,
  });

  const app = express();
  app.use(express.json());
  // What needs no review runs here, and so does a reviewed action whose client repeats it.
  app.post("/withdrawals", withdrawal, async (req, res) => {
    const approved = withdrawal.approved(req);
    await inTransaction(pool, async (transaction) => {
      await approved.claim(ledger.within(transaction));
      await pay(approved, transaction);
    });
    res.json({ withdrawn: approved.bound.amount });
  });
  app.get("/parked-actions/:handle", async (req, res) => {
    const { user } = req as { user?: { id: string } };
    const found = await requireAction.guard.parkedTask(req.params.handle, user?.id);
    res
      .set("cache-control", "no-store")
      .status(found ? 200 : 404)
      .json(found ?? { error: "not found" });
  });

  // Here, or in another process.
  const worker = await createParkedWorker(queue, {
    guard: requireAction.guard,
    ledger,
    transaction: (work) => inTransaction(pool, work),
    actions: { "withdraw-funds": pay },
  });
  return { app, worker };
}

async function pay({ userId, bound }: ApprovedAction<any, string>, transaction: pg.PoolClient): Promise<void> {
  await transaction.query("INSERT INTO payments VALUES ($1, $2, $3)", [userId, bound.amount, bound.payee]);
}

async function inTransaction<T>(pool: pg.Pool, work: (transaction: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((broken: Error) => (failure = broken));
    throw error;
  } finally {
    client.release(failure);
  }
}
