import { setTimeout as pass } from "node:timers/promises";
import { createPostgresLedger, type PostgresLedger } from "@require-action/sql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noPostgresServer, type PostgresPair, startPostgresPair } from "./postgres-pair.ts";
import { rounds } from "./rounds.ts";
import { TTL_MS, type Use, useUnderLoad, WORKERS } from "./uses.ts";

describe.skipIf(noPostgresServer).each([
  { name: "a synchronous standby", synchronous: true },
  { name: "an asynchronous standby", synchronous: false },
])("PostgreSQL with $name", ({ synchronous }) => {
  let pair: PostgresPair;
  let pool: pg.Pool;
  let ledger: PostgresLedger;

  beforeAll(async () => {
    pair = await startPostgresPair({ synchronous });
    pool = new pg.Pool({
      connectionString: pair.url,
      max: WORKERS,
      connectionTimeoutMillis: 2_000,
      statement_timeout: 5_000,
    });
    pool.on("error", () => {});
    pool.on("connect", (client) => void client.on("error", () => {}));
    ledger = await createPostgresLedger(pool, { migrate: true });
    await pool.query("CREATE TABLE payments (key text)");
  });
  afterAll(async () => {
    await pool?.end();
    await pair?.close();
  });

  const byGuard = ({ key, owner, approvedAt }: Use): Promise<boolean> =>
    Promise.resolve(ledger.claim(key, owner, TTL_MS, approvedAt));

  /** The payment is made if the claim is, in one transaction. */
  async function byHandler({ key, owner, approvedAt }: Use): Promise<boolean> {
    const client = await pool.connect();
    let broken = true;
    try {
      await client.query("BEGIN");
      const won = await ledger.within(client).claim(key, owner, TTL_MS, approvedAt);
      if (won) await client.query("INSERT INTO payments VALUES ($1)", [key]);
      await client.query(won ? "COMMIT" : "ROLLBACK");
      broken = false;
      return won;
    } finally {
      client.release(broken);
    }
  }

  /** A failover under load. Answers which approvals were told to be used before it, and can be used again. */
  async function failOver(claim: typeof byGuard, { lagMs = 0 } = {}): Promise<{ used: readonly Use[]; again: Use[] }> {
    const used = await useUnderLoad(claim, async () => {
      if (lagMs > 0) {
        await pair.lag();
        await pass(lagMs);
      }
      await pair.failOver();
    });
    const again: Use[] = [];
    for (const use of used) if (await claim({ ...use, owner: "attacker" })) again.push(use);
    return { used, again };
  }

  const kept = [
    ["the guard", byGuard],
    ["the handler", byHandler],
  ] as const;
  it.each(synchronous ? kept : [])(
    `T7: of ${rounds} promotions under load, none loses or doubles what %s claimed`,
    { timeout: rounds * 60_000 },
    async (_who, claim) => {
      let total = 0;
      for (let round = 0; round < rounds; round++) {
        const { used, again } = await failOver(claim);
        expect(again).toEqual([]);
        expect(used.length).toBeGreaterThan(WORKERS);
        total += used.length;
        await pair.rebuild();
      }
      const { rows } = await pool.query("SELECT key FROM payments GROUP BY key HAVING count(*) > 1");
      expect(rows).toEqual([]);
      console.log(`${total} claims before ${rounds} promotions: 0 lost, 0 doubled`);
    },
  );

  it.each(synchronous ? [] : [200])(
    `T7: of ${rounds} promotions of a standby %i ms behind, each forgets what it never had, as documented`,
    { timeout: rounds * 60_000 },
    async (lagMs) => {
      let [total, forgotten] = [0, 0];
      for (let round = 0; round < rounds; round++) {
        const { used, again } = await failOver(byGuard, { lagMs });
        total += used.length;
        forgotten += again.length;
        await pair.rebuild();
      }
      // Otherwise the figures of a synchronous standby would show nothing.
      expect(forgotten).toBeGreaterThan(0);
      console.log(`${total} claims before ${rounds} promotions: ${forgotten} forgotten, and could be used again`);
    },
  );
});
