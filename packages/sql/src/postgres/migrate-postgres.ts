import { ConfigurationError } from "@require-action/core";
import type { Dialect } from "../dialect.ts";
import { currentVersion, migrationsTable, statementsSince, versionQuery } from "../migrations/migrations.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { parsePostgresOptions, type PostgresOptions } from "./postgres-options.ts";
import type { PostgresClient, PostgresPool } from "./postgres-pool.ts";
import { unavailable } from "../unavailable.ts";

/** Building an index on a table that has grown takes its time. */
const TIMEOUT_MS = 600_000;

/**
 * Creates the schema and its tables, or brings them to the current version. Any number of processes may do so at once: an
 * advisory lock makes them take turns.
 * @throws ConfigurationError for a wrong option, ProviderError with the SQLSTATE when the database refuses
 */
export async function migratePostgres(
  pool: PostgresPool,
  options: Pick<PostgresOptions, "schema"> = {},
): Promise<void> {
  const { schema } = parsePostgresOptions(pool, options);
  await bringPostgresUpToDate(pool, postgresDialect(schema), schema).catch((error: unknown) => {
    throw unavailable("provider_unavailable", "postgres", error);
  });
}

export async function bringPostgresUpToDate(pool: PostgresPool, dialect: Dialect, schema: string): Promise<void> {
  if ((await versionOf(pool, dialect)) >= currentVersion) return;
  const client = await pool.connect();
  const run = async (text: string, values: unknown[] = []): Promise<void> =>
    void (await client.query({ text, values, query_timeout: TIMEOUT_MS }));
  try {
    // At a stricter level the turn of another process could not be seen after waiting for it.
    await run("BEGIN ISOLATION LEVEL READ COMMITTED");
    await run(`SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
    await run("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", [`require-action ${schema}`]);
    if ((await versionOf(client, dialect)) < currentVersion) {
      const { rows } = await client.query({ text: "SELECT to_regnamespace($1::text) AS oid", values: [`"${schema}"`] });
      // Asked first, since a role without the right to create schemas is refused even when it is there.
      if ((rows[0] as { readonly oid: unknown }).oid === null) await run(`CREATE SCHEMA "${schema}"`);
      await run(migrationsTable(dialect));
      for (const statement of statementsSince(await versionOf(client, dialect), dialect)) await run(statement);
    }
    await run("COMMIT");
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}

/** @throws ConfigurationError when the tables are not there, or older than this code */
export async function expectMigratedPostgres(pool: PostgresClient, dialect: Dialect): Promise<void> {
  if ((await versionOf(pool, dialect)) >= currentVersion) return;
  throw new ConfigurationError(
    "migrate",
    "the tables are missing or old: call migratePostgres, or set migrate to true",
  );
}

async function versionOf(client: PostgresClient, dialect: Dialect): Promise<number> {
  const found = await client.query({
    text: "SELECT to_regclass($1::text)::text AS name",
    values: [dialect.table("migrations")],
  });
  if ((found.rows[0] as { readonly name: unknown }).name === null) return 0;
  const { rows } = await client.query({ text: versionQuery(dialect) });
  return Number((rows[0] as { readonly version: unknown }).version ?? 0);
}
