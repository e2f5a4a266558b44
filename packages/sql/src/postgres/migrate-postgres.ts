import { ConfigurationError } from "@require-action/core";
import { declaring, defineOptions, readOptions } from "@require-action/core/options";
import type { Dialect } from "../database/dialect.ts";
import type { Row } from "../database/driver.ts";
import { currentVersion, migrationsTable, statementsSince, versionQuery } from "../migrations/migrations.ts";
import { postgresDialect } from "./postgres-driver.ts";
import {
  asText,
  type PostgresClient,
  postgresEntries,
  type PostgresOptions,
  type PostgresPool,
  settlePostgresOptions,
} from "./postgres-options.ts";
import { unavailable } from "../database/database-errors.ts";
import { explainingStartup } from "./check-postgres.ts";

/** Building an index on a table that has grown takes its time. */
const TIMEOUT_MS = 600_000;

const migrateSchema = defineOptions<Pick<PostgresOptions, "schema">>({
  required: {},
  optional: { schema: postgresEntries.schema },
});

/**
 * Creates the schema and its tables, or brings them to the current version. Any number of processes may do so at once: an
 * advisory lock makes them take turns.
 * @throws ConfigurationError for a wrong option, ProviderError with the SQLSTATE when the database refuses
 */
export async function migratePostgres(pool: PostgresPool, options?: Pick<PostgresOptions, "schema">): Promise<void> {
  const read = readOptions("migratePostgres", migrateSchema, options);
  const { schema } = declaring("migratePostgres", () => settlePostgresOptions(pool, read));
  await declaring("migratePostgres", () =>
    explainingStartup(() => bringPostgresUpToDate(pool, postgresDialect(schema), schema)),
  ).catch((error: unknown) => {
    throw unavailable("provider_unavailable", "postgres", error);
  });
}

export async function bringPostgresUpToDate(pool: PostgresPool, dialect: Dialect, schema: string): Promise<void> {
  if ((await versionOf(pool, dialect, schema)) >= currentVersion) return;
  const client = await pool.connect();
  try {
    // At a stricter level the turn of another process could not be seen after waiting for it.
    await ask(client, "BEGIN ISOLATION LEVEL READ COMMITTED");
    await ask(client, `SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
    await ask(client, "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", [`require-action ${schema}`]);
    await addWhatIsMissing(client, dialect, schema);
    await ask(client, "COMMIT");
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}

async function addWhatIsMissing(client: PostgresClient, dialect: Dialect, schema: string): Promise<void> {
  const version = await versionOf(client, dialect, schema);
  if (version >= currentVersion) return;
  // Asked first, since a role without the right to create schemas is refused even when it is there.
  const isThere = await ask(client, "SELECT 1 FROM pg_namespace WHERE nspname = $1::text", [schema]);
  if (isThere.length === 0) await ask(client, `CREATE SCHEMA "${schema}"`);
  await ask(client, migrationsTable(dialect));
  for (const statement of statementsSince(version, dialect)) await ask(client, statement);
}

/** @throws ConfigurationError when the tables are not there, or older than this code */
export async function expectMigratedPostgres(pool: PostgresClient, dialect: Dialect, schema: string): Promise<void> {
  if ((await versionOf(pool, dialect, schema)) >= currentVersion) return;
  throw new ConfigurationError(
    "migrate",
    `the tables in schema "${schema}" are missing or old: run "npx @require-action/cli migrate --store … --schema ${schema}", call migratePostgres, or set migrate to true`,
  );
}

async function versionOf(client: PostgresClient, dialect: Dialect, schema: string): Promise<number> {
  // A query of the catalogue sees what another process has just committed; to_regclass may answer from a cache.
  const found = await ask(client, "SELECT 1 FROM pg_tables WHERE schemaname = $1::text AND tablename = 'migrations'", [
    schema,
  ]);
  if (found.length === 0) return 0;
  const [row] = await ask(client, versionQuery(dialect));
  return Number(row?.["version"] ?? 0);
}

async function ask(client: PostgresClient, text: string, values: unknown[] = []): Promise<readonly Row[]> {
  return (await client.query({ text, values, types: asText, query_timeout: TIMEOUT_MS })).rows as Row[];
}
