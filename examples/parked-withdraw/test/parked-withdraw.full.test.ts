import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startExample } from "@require-action-examples/bank";
import { bundledScript } from "@require-action-test/support/bundled-script";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { createApp } from "../src/app.ts";
import { openBank } from "../src/parked-bank.ts";

const connectionString = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const PATIENCE = { timeout: 60_000, interval: 100 };

async function ask(query: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  await client.query(query).finally(() => client.end());
}

const absent = await ask("SELECT 1").then(
  () => false,
  (error: unknown) => {
    if (process.env["REQUIRE_SERVICES"] === "1") throw error;
    console.warn("SKIPPED: PostgreSQL is not there");
    return true;
  },
);

it.skipIf(absent)("F34: a worker pays what was approved, and its user sees it", { timeout: 180_000 }, async () => {
  const schema = `test_${randomUUID().replaceAll("-", "")}`;
  const environment = { DATABASE_URL: connectionString, BANK_SCHEMA: schema };
  const bank = await openBank(environment);
  onTestFinished(async () => {
    await bank.close();
    await ask(`DROP SCHEMA "${schema}" CASCADE; DROP SCHEMA "${schema}_boss" CASCADE`);
  });
  const { store, ledger } = bank;
  const { url, engine, close } = await startExample((options) => createApp(options, bank), { store, ledger });
  onTestFinished(close);
  const post = (path: string, body: object, cookie = "") =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
  const signIn = async (user: string) => (await post("/session", { user })).headers.getSetCookie()[0]!.split(";")[0]!;
  const alice = await signIn("alice");

  const parked = await post(
    "/withdrawals",
    { amount: "250.00", currency: "EUR", payee: "PA12BANK0000000000001234" },
    alice,
  );
  const { idempotencyKey } = (await parked.json()) as { readonly idempotencyKey: string };
  expect(parked.status).toBe(202);
  const location = new URL(parked.headers.get("location")!, url);
  const stateFor = async (cookie: string) => {
    const response = await fetch(location, { headers: { cookie } });
    const { task } = (await response.json()) as { readonly task?: { readonly status: string } };
    return task?.status ?? response.status;
  };
  expect([await stateFor(alice), await stateFor(await signIn("mallory"))]).toEqual(["pending", 404]);

  const review = { userId: "alice", action: "withdraw-funds", idempotencyKey };
  await engine.reviews.approve(review, { reviewer: "bob" });
  const script = await bundledScript(fileURLToPath(new URL("../src/worker.ts", import.meta.url)));
  const worker = spawn(process.execPath, [script], { env: { ...process.env, ...environment }, stdio: "ignore" });
  const ended = once(worker, "close");
  onTestFinished(() => void worker.kill("SIGKILL"));
  await expect.poll(() => stateFor(alice), PATIENCE).toBe("executed");
  expect(await bank.balance("alice")).toBe("19750.00");
  worker.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
