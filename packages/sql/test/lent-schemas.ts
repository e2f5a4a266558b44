import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { databaseUrl, openPool, type TestSchema } from "./databases.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What the names of this run's lent schemas begin with. */
    readonly lentSchemas: string;
  }
}

interface LentSchema {
  readonly schema: string;
  /** Pools that tests before have used, and left without a setting of their own. */
  readonly pools: pg.Pool[];
}

const free: LentSchema[] = [];

/**
 * A schema for a test that needs its tables as they are, and its pools: one that was migrated for an earlier test and is empty, where
 * there is one. Migrating takes ten times as long as the test itself, and a few new connections take as long as the test.
 */
export function lendSchema(): TestSchema {
  const lent = free.pop() ?? { schema: `${inject("lentSchemas")}${randomUUID().slice(0, 8)}`, pools: [] };
  const { schema, pools } = lent;
  const own: pg.Pool[] = [];
  let opened = 0;
  /** The pool at a place, where the test before has not ended it. */
  const kept = (place: number): pg.Pool => {
    const pool = pools[place];
    return pool?.ended === false ? pool : (pools[place] = openPool({ allowExitOnIdle: true }));
  };
  return {
    schema,
    url: databaseUrl,
    open(options) {
      if (options === undefined) return kept(opened++);
      const pool = openPool(options);
      own.push(pool);
      return pool;
    },
    async close() {
      await Promise.all(own.map(async (pool) => pool.ended || pool.end()));
      const pool = kept(0);
      const { rows } = await pool.query<{ tablename: string }>(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migrations'",
        [schema],
      );
      await pool.query(rows.map(({ tablename }) => `DELETE FROM "${schema}"."${tablename}"`).join("; "));
      // What stores and ledgers listen with; the first listener is the pool's own.
      for (const used of pools)
        for (const listener of used.listeners("connect").slice(1)) used.off("connect", listener as never);
      free.push(lent);
    },
  };
}

/** Vitest's global setup: the schemas of all workers are dropped when the run ends. */
export function setup({ provide }: TestProject): () => Promise<void> {
  const prefix = `test_lent_${randomUUID().slice(0, 8)}_`;
  provide("lentSchemas", prefix);
  return async () => {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
    // Without PostgreSQL there are none.
    if (
      !(await client.connect().then(
        () => true,
        () => false,
      ))
    )
      return;
    const { rows } = await client.query<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)",
      [prefix],
    );
    // One at a time: dropping many at once takes more locks than PostgreSQL has.
    for (const { nspname } of rows) await client.query(`DROP SCHEMA "${nspname}" CASCADE`);
    await client.end();
  };
}
