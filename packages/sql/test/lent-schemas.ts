import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { databaseUrl, openSchema, type TestSchema } from "./databases.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What the names of this run's lent schemas begin with. */
    readonly lentSchemas: string;
  }
}

const free: string[] = [];

/**
 * A schema for a test that needs its tables as they are: one that was migrated for an earlier test and is empty, where there is one.
 * Migrating takes ten times as long as the test itself.
 */
export function lendSchema(): TestSchema {
  return openSchema(free.pop() ?? `${inject("lentSchemas")}${randomUUID().slice(0, 8)}`, async (pool, schema) => {
    const { rows } = await pool.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migrations'",
      [schema],
    );
    await pool.query(rows.map(({ tablename }) => `DELETE FROM "${schema}"."${tablename}"`).join("; "));
    free.push(schema);
  });
}

/** Vitest's global setup: the schemas of all workers are dropped when the run ends. */
export function setup({ provide }: TestProject): () => Promise<void> {
  const prefix = `test_lent_${randomUUID().slice(0, 8)}_`;
  provide("lentSchemas", prefix);
  return async () => {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 1_000 });
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
