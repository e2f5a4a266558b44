import { setTimeout as pass } from "node:timers/promises";
import { createPostgresLedger, type PostgresLedger } from "@require-action/sql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresPair, startPostgresPair } from "./postgres-pair.ts";
import { noPostgresServer } from "./postgres-server.ts";
import { rounds } from "./rounds.ts";
import { newUse, TTL_MS, type Use, useUnderLoad, WORKERS } from "./uses.ts";

/** How far an asynchronous standby is behind when the primary dies. */
const LAG_MS = 200;

describe.skipIf(noPostgresServer).each([
  { name: "a synchronous standby", synchronous: true, replication: "synchronous" },
  { name: "an asynchronous standby", synchronous: false, replication: "asynchronous" },
  { name: "an asynchronous standby that is said to have everything", synchronous: false, replication: "storage" },
] as const)("PostgreSQL with $name", ({ synchronous, replication }) => {
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
    ledger = await createPostgresLedger(pool, { migrate: true, replication });
    await pool.query("CREATE TABLE payments (key text)");
    await pair.catchUp();
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

  /** What becomes of the approvals that were told to be used before a failover under load. */
  async function failOver(claim: typeof byGuard) {
    const used = await useUnderLoad(claim, async () => {
      if (!synchronous) {
        await pair.lag();
        await pass(LAG_MS);
      }
      await pair.failOver();
    });
    expect(used.length).toBeGreaterThan(WORKERS);
    const again: Use[] = [];
    let refused = 0;
    for (const use of used) {
      const attempt = claim({ ...use, owner: "attacker" }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "action_token_expired" });
        refused++;
      });
      if (await attempt) again.push(use);
    }
    // What is approved from then on is as good as ever.
    await expect(claim(newUse())).resolves.toBe(true);
    await pair.rebuild();
    return { used: used.length, again: again.length, refused };
  }

  it.each([
    ["the guard", byGuard],
    ["the handler", byHandler],
  ] as const)(
    `T7, T53: of ${rounds} promotions under load, with what %s claimed`,
    { timeout: rounds * 60_000 },
    async (who, claim) => {
      let [used, again, refused] = [0, 0, 0];
      for (let index = 0; index < rounds; index++) {
        const round = await failOver(claim);
        [used, again, refused] = [used + round.used, again + round.again, refused + round.refused];
      }
      console.log(
        `${who}: of ${used} claims before ${rounds} promotions ${again} used again, ${refused} refused unseen`,
      );
      const { rows } = await pool.query("SELECT key FROM payments GROUP BY key HAVING count(*) > 1");
      if (replication === "storage") return expect(again).toBeGreaterThan(0);
      expect(again).toBe(0);
      expect(refused).toBe(synchronous ? 0 : used);
      expect(rows).toEqual([]);
    },
  );

  it.each(synchronous ? ["a full disk"] : [])(
    "F17: a standby that takes nothing more, as with %s, has claims refused, and none is lost",
    { timeout: 60_000 },
    async () => {
      const uses = Array.from({ length: WORKERS }, newUse);
      await pair.lag();
      const answers = await Promise.allSettled(uses.map(byGuard));
      expect(answers).toEqual(
        uses.map(() => ({ status: "rejected", reason: expect.objectContaining({ code: "ledger_unavailable" }) })),
      );
      await pair.failOver();
      // Nobody was told that these are used, and each still is once.
      await expect.poll(() => byGuard(newUse()).catch(() => false)).toBe(true);
      await expect(Promise.all(uses.map(byGuard))).resolves.toEqual(uses.map(() => true));
      const others = uses.map((use) => byGuard({ ...use, owner: "attacker" }));
      await expect(Promise.all(others)).resolves.toEqual(uses.map(() => false));
      await pair.rebuild();
    },
  );
});
