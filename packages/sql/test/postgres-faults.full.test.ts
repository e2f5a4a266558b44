import { inFull } from "@require-action-test/support/full";
import { elapsedLessMargin } from "@require-action-test/support/timing";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import type { LinkFault } from "@require-action-test/support/faults/link-fault";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPostgresLedger, createPostgresStore, type PostgresLedger } from "../src/index.ts";
import { createSchema, noPostgres, type TestSchema } from "./databases.ts";

const TTL_MS = 600_000;
const TIMES = inFull ? 100 : 20;

describe.skipIf(noPostgres)("PostgreSQL behind a network that fails", () => {
  let database: TestSchema;
  let proxy: FaultProxy;
  let pool: pg.Pool;
  /** Of those who pay, in transactions of their own: nothing else goes this way, and no other reply is lost. */
  let payers: pg.Pool;
  let direct: pg.Pool;
  let ledger: PostgresLedger;

  beforeEach(async () => {
    database = createSchema();
    const url = new URL(database.url);
    proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.host = proxy.host;
    const options = { connectionString: url.href, max: 4, connectionTimeoutMillis: 250 };
    pool = database.open(options);
    payers = database.open(options);
    direct = database.open();
    ledger = await createPostgresLedger(pool, { schema: database.schema, migrate: true, queryTimeoutMs: 250 });
    await direct.query(`CREATE TABLE "${database.schema}".payments (approval integer)`);
  });
  afterEach(async () => {
    await proxy.use({ kind: "none" });
    await database.close();
    await proxy.close();
  });

  const count = async (query: string): Promise<number> =>
    Number((await direct.query<{ count: string }>(`SELECT count(*) FROM ${query}`)).rows[0]?.count);
  const payments = (): string => `"${database.schema}".payments`;

  /** A connection, asked for until there is one: on a busy machine it may take longer than the pool waits. */
  async function connected(): Promise<pg.PoolClient> {
    for (let tries = 0; ; tries++) {
      try {
        return await payers.connect();
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  }

  /** Pays in one transaction, the network failing in front of one of its steps. Answers whether it paid, as far as it knows. */
  async function pay(
    paying: PostgresLedger,
    approval: number,
    failsBefore?: "claim" | "payment" | "COMMIT",
  ): Promise<boolean> {
    const client = await connected();
    const fail = async (step: string): Promise<void> => {
      if (step === failsBefore) await proxy.use({ kind: "drop-reply", times: 1 });
    };
    try {
      await client.query("BEGIN");
      await fail("claim");
      const won = await paying.within(client).claim(`approval-${approval}`, `owner-${approval}`, TTL_MS);
      await fail("payment");
      if (won) await client.query(`INSERT INTO ${payments()} VALUES ($1)`, [approval]);
      await fail("COMMIT");
      await client.query("COMMIT");
      client.release();
      return won;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  it(`F17: ${TIMES} transactions whose reply to a step was lost: each is paid once, whatever became of it`, async () => {
    // Its sweeps go another way, and lose none of the replies in their stead.
    const paying = await createPostgresLedger(direct, { schema: database.schema });
    const steps = ["claim", "payment", "COMMIT"] as const;
    let lost = 0;
    for (let approval = 0; approval < TIMES; approval++) {
      const step = steps[approval % steps.length]!;
      await expect(pay(paying, approval, step)).rejects.toThrow();
      lost = await count(`${payments()} WHERE approval = ${approval}`);
      // Only what was committed is there, and then the second try is told that the approval is used.
      await expect(pay(paying, approval)).resolves.toBe(step !== "COMMIT");
      expect([step, lost]).toEqual([step, step === "COMMIT" ? 1 : 0]);
    }
    expect(proxy.dropped).toBe(TIMES);
    expect(await count(payments())).toBe(TIMES);
    expect(await count(`(SELECT DISTINCT approval FROM ${payments()}) AS one`)).toBe(TIMES);
    expect(await count(`"${database.schema}".claims`)).toBe(TIMES);
  }, 60_000);

  it(`F15: of ${TIMES} claims whose reply was lost, each is found by its owner`, async () => {
    let lost = 0;
    for (let user = 0; lost < TIMES; user++) {
      const claim = (owner: string): Promise<boolean> => ledger.claim(`approval-${user}`, owner, TTL_MS);
      await proxy.use({ kind: "drop-reply", times: 1 });
      // Now and then it is the reply to a sweep that is lost.
      if ((await claim("alice").catch(() => "lost")) === "lost") lost++;
      await proxy.use({ kind: "none" });
      await expect.poll(() => claim("alice").catch(() => "late")).toBe(true);
      await expect.poll(() => claim("bob").catch(() => "late")).toBe(false);
    }
  }, 60_000);

  it.each<readonly [string, LinkFault]>([
    ["2 s late", { kind: "delay", ms: 2_000 }],
    ["cut off", { kind: "stall" }],
    ["a byte at a time", { kind: "trickle", bytes: 1, everyMs: 50 }],
  ])(
    "F16: that is %s is given up on in time, by ledger and store, and answers again when that is over",
    async (_how, fault) => {
      const store = await createPostgresStore(pool, { schema: database.schema, queryTimeoutMs: 250 });
      await store.updateUser("alice", { username: "al" }, 0);
      await proxy.use(fault);
      for (const call of [
        () => ledger.claim("approval", "alice", TTL_MS),
        () => ledger.release("approval", "alice"),
        () => store.findUser("alice"),
        () => store.countAttempt(["alice"], 5, TTL_MS, 0),
      ]) {
        const ms = await elapsedLessMargin(() => expect(call()).rejects.toMatchObject({ status: 503 }));
        expect(ms).toBeLessThan(250);
      }
      await proxy.use({ kind: "none" });
      await expect
        .poll(() => ledger.claim("another approval", "alice", TTL_MS).catch(() => "not yet"), { timeout: 10_000 })
        .toBe(true);
      await expect(store.findUser("alice")).resolves.toMatchObject({ username: "al" });
    },
    60_000,
  );
});
