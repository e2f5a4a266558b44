// A server that is told to stop. Everything is approved as soon as somebody asks with the key of the first answer.
import { setTimeout as pass } from "node:timers/promises";
import type { ActionProvider } from "@require-action/core/provider";
import { createRequireAction } from "@require-action/express";
import { createPostgresLedger } from "@require-action/sql";
import express from "express";
import pg from "pg";

const { DATABASE_URL: connectionString, BANK_SCHEMA: schema = "", CLAIM } = process.env;
const claim = CLAIM === "handler" ? "handler" : "guard";
const pool = new pg.Pool({ connectionString, max: 20, connectionTimeoutMillis: 20_000, statement_timeout: 20_000 });
pool.on("error", () => {});
const ledger = await createPostgresLedger(pool, { schema, migrate: true });
await pool.query(`CREATE TABLE IF NOT EXISTS "${schema}".payments (number integer)`);

const slowly = <T>(answer: T): Promise<T> => pass(Math.random() * 20, answer);
const provider: ActionProvider = {
  name: "approving",
  track: ({ attributes: { idempotencyKey } }) => slowly({ state: "REVIEW_REQUIRED", isEnrolled: true, idempotencyKey }),
  getAction: () => slowly({ state: "REVIEW_SUCCEEDED" }),
  validateChallenge: () => Promise.reject(new Error("nobody is challenged")),
};

const app = express();
const requireAction = createRequireAction({
  provider,
  ledger,
  claim,
  // The machine may be busy with other tests.
  deadlineMs: { decision: 20_000, ledger: 20_000 },
  sealSecrets: ["a-secret-that-both-processes-of-the-test-know"],
  user: () => "alice",
});
app.use(express.json());
const payment = requireAction("pay");
app.post("/payments", payment, async (req, res) => {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    if (claim === "handler") await payment.approved(req).claim(ledger.within(client));
    await pass(Math.random() * 100);
    await client.query(`INSERT INTO "${schema}".payments VALUES ($1)`, [req.body.number]);
    await client.query("COMMIT");
  } finally {
    client.release();
  }
  res.json({ paid: req.body.number });
});

const server = app.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});

process.once("SIGTERM", async () => {
  server.close();
  const { left } = await requireAction.guard.stop();
  await pool.end();
  process.exit(left === 0 ? 0 : 1);
});
