import { setTimeout as pass } from "node:timers/promises";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { describeStoreConformance } from "@require-action/conformance/store";
import { expectWarning } from "@require-action-test/support/warnings";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPostgresLedger, createPostgresStore, migratePostgres } from "../src/index.ts";
import { createSchema, PATIENCE_MS, type TestSchema } from "./databases.ts";
import { BOUNDED, noPgBouncer, type OwnPgBouncer, startPgBouncer } from "./pgbouncer.ts";

const TTL_MS = 60_000;

describe.skipIf(noPgBouncer)("C2: by way of PgBouncer in transaction mode", () => {
  let bouncer: OwnPgBouncer;
  beforeAll(async () => void (bouncer = await startPgBouncer()));
  afterAll(() => bouncer?.close());

  /** A pool by way of a pooler, which takes no time limit of the pool's. */
  const through = (database: TestSchema, { url }: OwnPgBouncer = bouncer, max = 4): pg.Pool =>
    database.open({ connectionString: url, statement_timeout: false, max });
  const optionsOf = ({ schema }: TestSchema) => ({ schema, queryTimeoutMs: PATIENCE_MS });

  describeStoreConformance({
    name: "postgres",
    async open() {
      const database = createSchema();
      const store = await createPostgresStore(through(database), { ...optionsOf(database), migrate: true });
      const other = await createPostgresStore(through(database), optionsOf(database));
      return { store, other, close: () => database.close() };
    },
  });

  describeLedgerConformance({
    name: "postgres",
    async open() {
      const database = createSchema();
      const pools = [through(database), through(database)] as const;
      const ledger = await createPostgresLedger(pools[0], { ...optionsOf(database), migrate: true });
      const other = await createPostgresLedger(pools[1], optionsOf(database));
      // Connected beforehand, which can take longer than a claim lasts here.
      await Promise.all(pools.flatMap((pool) => Array.from({ length: 4 }, () => pool.query("SELECT pg_sleep(0.01)"))));
      // PostgreSQL keeps its own time.
      return { ledger, other, pass: (ms) => pass(ms), close: () => database.close() };
    },
  });

  describe("a bank", () => {
    let database: TestSchema;
    beforeEach(() => void (database = createSchema()));
    afterEach(() => database.close());

    it.each([
      ["T5: with statements prepared all the same, loses no claim, and is told once what to set", 6],
      ["T5: with one connection for everybody, loses no claim", 1],
    ])("%s", async (_name, connections) => {
      const own = await startPgBouncer({ ...BOUNDED, default_pool_size: String(connections) });
      try {
        const preparedStatements = connections > 1;
        if (preparedStatements) expectWarning("RA_POSTGRES_UNPREPARED");
        const options = { ...optionsOf(database), preparedStatements, migrate: true };
        const ledger = await createPostgresLedger(through(database, own, 8), options);
        const claims = Array.from({ length: 400 }, (_, index) => ledger.claim(`k${index % 100}`, `o${index}`, TTL_MS));
        expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(100);
      } finally {
        await own.close();
      }
    });

    it("T5: claims in a transaction of its own, with nothing prepared that would cost it the transaction", async () => {
      const pool = through(database);
      const ledger = await createPostgresLedger(pool, { ...optionsOf(database), migrate: true });
      const pay = async (owner: string): Promise<boolean> => {
        const client = await pool.connect();
        try {
          await client.query("BEGIN");
          const isOurs = await ledger.within(client).claim("approval", owner, TTL_MS);
          await client.query("COMMIT");
          return isOurs;
        } finally {
          client.release();
        }
      };
      const paid = await Promise.all(Array.from({ length: 40 }, (_, index) => pay(`owner-${index}`)));
      expect(paid.filter(Boolean)).toHaveLength(1);
    });

    it("migrates from any number of processes at once, in turns", async () => {
      const pools = Array.from({ length: 4 }, () => through(database, bouncer, 1));
      await Promise.all(pools.map((pool) => migratePostgres(pool, { schema: database.schema })));
      const store = await createPostgresStore(pools[0]!, optionsOf(database));
      await store.updateUser("alice", { displayName: "Alice" }, 0);
      await expect(store.findUser("alice")).resolves.toMatchObject({ displayName: "Alice" });
    });
  });
});
