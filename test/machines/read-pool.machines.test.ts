import { createEngine, type Engine } from "@require-action/engine";
import { createPostgresStore } from "@require-action/sql";
import { expectWarning } from "@require-action-test/support/warnings";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresPair, startPostgresPair } from "./postgres-pair.ts";
import { noPostgresServer } from "./postgres-server.ts";

const mayLag = true;

describe.skipIf(noPostgresServer)("a standby of PostgreSQL as readPool", () => {
  let pair: PostgresPair;
  let engine: Engine;
  const pools: pg.Pool[] = [];

  function open(connectionString: string): pg.Pool {
    const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2_000, statement_timeout: 5_000 });
    pool.on("error", () => {});
    pool.on("connect", (client) => void client.on("error", () => {}));
    pools.push(pool);
    return pool;
  }

  beforeAll(async () => {
    pair = await startPostgresPair({ synchronous: false });
    const store = await createPostgresStore(open(pair.url), { migrate: true, readPool: open(pair.standbyUrl) });
    engine = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
      secrets: ["an engine secret for tests, 32 bytes long"],
      issuer: "bank",
      baseUrl: "https://bank.example/authsignal",
      store,
    });
    await pair.catchUp();
  });
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await pair?.close();
  });

  async function review(idempotencyKey: string) {
    const key = { userId: "alice", action: "pay", idempotencyKey };
    const request = { userId: "alice", action: "pay", attributes: { idempotencyKey } };
    await engine.track(request, { signal: new AbortController().signal });
    return key;
  }

  const listed = async (): Promise<readonly string[]> =>
    (await engine.reviews.list({ mayLag })).items.map(({ idempotencyKey }) => idempotencyKey);

  it("lists what it has, decides nothing while it lags, and is not missed when it is gone", async () => {
    const first = await review("first");
    await review("second");
    await pair.catchUp();
    expect(await listed()).toEqual(["first", "second"]);
    expect((await engine.audit.query({ mayLag })).items).toHaveLength(2);
    expect((await engine.users.query({ mayLag, limit: 10 })).items).toEqual([]);

    await pair.lag();
    const third = await review("third");
    await engine.reviews.approve(first, { reviewer: "rita" });
    expect(await listed()).toEqual(["second"]);
    await engine.users.delete("alice");
    expect(await listed()).toEqual([]);
    expect((await engine.actions.find(third))?.state).toBe("BLOCK");
    expect((await engine.actions.query({ mayLag })).items).toHaveLength(2);

    for (const pool of pools.splice(1)) await pool.end();
    expectWarning("RA_POSTGRES_READ_POOL");
    expect((await engine.actions.query({ mayLag })).items).toHaveLength(3);
  });
});
