import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createScriptedProvider } from "@require-action/testing";
import express from "express";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { createBank } from "./example.ts";
import { startBoss } from "./pg-boss.ts";
import { DATABASE_URL, openPool } from "./postgres.ts";

/** The example has its tables where an application has them: in a database of its own. */
async function openDatabase(): Promise<string> {
  const name = `parked_example_${randomBytes(6).toString("hex")}`;
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.end();
  });
  return new URL(name, DATABASE_URL).href;
}

it("the README's example pays what was approved, once, without its client", async () => {
  const databaseUrl = await openDatabase();
  const pool = openPool(`${databaseUrl}?options=-c%20statement_timeout%3D5000`, 4);
  const boss = await startBoss("pgboss", databaseUrl);
  const provider = createScriptedProvider({ clock: { now: () => Date.now() } });
  await pool.query("CREATE TABLE payments (owner text, amount text, payee text)");
  const { app: bank, worker } = await createBank(pool, boss, provider, ["a secret of at least thirty-two bytes"]);
  const app = express().use((req, _res, next) => {
    Object.assign(req, { user: { id: "alice" } });
    next();
  }, bank);
  const server = app.listen(0, "127.0.0.1");
  onTestFinished(async () => {
    server.close();
    await worker.stop();
    await boss.stop({ graceful: false, wait: true });
    await pool.end();
  });
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const withdraw = async (headers = {}): Promise<Response> =>
    fetch(`${url}/withdrawals`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ amount: "10.00", payee: "bob" }),
    });

  provider.answerNext("REVIEW_REQUIRED");
  const parked = await withdraw();
  expect(parked.status).toBe(202);
  const { idempotencyKey } = (await parked.json()) as { idempotencyKey: string };
  const stateOf = async (): Promise<unknown> => {
    const response = await fetch(new URL(parked.headers.get("location")!, url));
    return ((await response.json()) as { task?: { status: unknown } }).task?.status;
  };
  expect(await stateOf()).toBe("pending");
  provider.review(idempotencyKey, "approve");
  const payments = async (): Promise<unknown> => (await pool.query("SELECT * FROM payments")).rows;
  await expect.poll(payments).toEqual([{ owner: "alice", amount: "10.00", payee: "bob" }]);
  await expect.poll(stateOf).toBe("executed");
  expect((await withdraw({ "action-token": idempotencyKey })).status).toBe(409);
  expect(await payments()).toHaveLength(1);
});
