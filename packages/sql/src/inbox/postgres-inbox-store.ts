import type { InboxStore } from "@require-action/core/agents";
import { declaring, defineOptions, readOptions } from "@require-action/core/options";
import { unavailable } from "../database/database-errors.ts";
import { openPostgres } from "../postgres/open-postgres.ts";
import { postgresEntries, type PostgresOptions, type PostgresPool } from "../postgres/postgres-options.ts";
import { createSqlInboxStore } from "./sql-inbox-store.ts";

const optionsSchema = defineOptions<PostgresOptions>({ required: {}, optional: postgresEntries });

/**
 * Creates the store of an inbox on PostgreSQL 13 or newer, shared by all processes that have the same database and schema. These may
 * be those of the engine's store and of the ledger.
 * @throws ConfigurationError for a wrong option, and for a pool that is not set up for it
 * @throws ProviderError when the database cannot be reached
 * @example
 * const pool = new Pool({ connectionString, connectionTimeoutMillis: 1_000, statement_timeout: 2_000 });
 * const store = await createPostgresInboxStore(pool, { migrate: true });
 */
export async function createPostgresInboxStore(pool: PostgresPool, options?: PostgresOptions): Promise<InboxStore> {
  const read = readOptions("createPostgresInboxStore", optionsSchema, options);
  try {
    const { driver } = await declaring("createPostgresInboxStore", () => openPostgres(pool, read));
    return createSqlInboxStore(driver);
  } catch (error) {
    throw unavailable("provider_unavailable", "postgres", error);
  }
}
