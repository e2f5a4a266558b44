import { declaring, defineOptions, readOptions } from "@require-action/core/options";
import type { Store } from "@require-action/engine";
import { openPostgres } from "../postgres/open-postgres.ts";
import { postgresEntries, type PostgresOptions, type PostgresPool } from "../postgres/postgres-options.ts";
import { unavailable } from "../database/database-errors.ts";
import { createPostgresGather } from "./gather/postgres-gather.ts";
import { type Retention, retentionSchema } from "./sweeps.ts";
import { createSqlStore } from "./sql-store.ts";

/** Options of {@link createPostgresStore}. */
export interface PostgresStoreOptions extends PostgresOptions {
  readonly retention?: Retention;
}

const optionsSchema = defineOptions<PostgresStoreOptions>({
  required: {},
  optional: { ...postgresEntries, retention: retentionSchema },
});

/**
 * Creates a store on PostgreSQL 13 or newer, shared by all processes that have the same database and schema. Each verb is one
 * statement.
 * @throws ConfigurationError for a wrong option, and for a pool that is not set up for it
 * @throws ProviderError when the database cannot be reached
 * @example
 * const pool = new Pool({ connectionString, connectionTimeoutMillis: 1_000, statement_timeout: 2_000 });
 * const store = await createPostgresStore(pool, { migrate: true });
 */
export async function createPostgresStore(pool: PostgresPool, options?: PostgresStoreOptions): Promise<Store> {
  const { retention: kept = {}, ...others } = readOptions("createPostgresStore", optionsSchema, options);
  const { driver } = await declaring("createPostgresStore", () => openPostgres(pool, others)).catch(
    (error: unknown) => {
      throw unavailable("provider_unavailable", "postgres", error);
    },
  );
  return createSqlStore(driver, createPostgresGather(driver), kept);
}
