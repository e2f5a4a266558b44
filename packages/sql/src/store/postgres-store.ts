import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import type { Store } from "@require-action/engine";
import { openPostgres } from "../postgres/open-postgres.ts";
import { postgresEntries, type PostgresOptions, type PostgresPool } from "../postgres/postgres-options.ts";
import { unavailable } from "../database/database-errors.ts";
import type { Driver } from "../database/driver.ts";
import { createReadDriver } from "../postgres/read-driver.ts";
import { createPostgresGather } from "./gather/postgres-gather.ts";
import { type Retention, retentionSchema } from "./sweeps.ts";
import { createSqlStore } from "./sql-store.ts";

/** Options of {@link createPostgresStore}. */
export interface PostgresStoreOptions extends PostgresOptions {
  /**
   * A pool that leads to a replica, for lists that people look at in the console. Nothing that a decision rests on is ever read from
   * it. While it fails, such lists are read from the primary.
   */
  readonly readPool?: PostgresPool;
  readonly retention?: Retention;
}

const optionsSchema = defineOptions<PostgresStoreOptions>({
  required: {},
  optional: { ...postgresEntries, readPool: option.withMethods("query", "connect"), retention: retentionSchema },
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
  const { retention: kept = {}, readPool, ...others } = readOptions("createPostgresStore", optionsSchema, options);
  const { driver, listDriver } = await declaring("createPostgresStore", () => open(pool, readPool, others)).catch(
    (error: unknown) => {
      throw unavailable("provider_unavailable", "postgres", error);
    },
  );
  return createSqlStore(driver, createPostgresGather(driver), kept, listDriver);
}

async function open(
  pool: PostgresPool,
  readPool: PostgresPool | undefined,
  options: PostgresOptions,
): Promise<{ readonly driver: Driver; readonly listDriver: Driver }> {
  const { driver } = await openPostgres(pool, options);
  return { driver, listDriver: readPool === undefined ? driver : createReadDriver(readPool, driver, options) };
}
