import type { Driver } from "../database/driver.ts";
import { checkPostgres, explainingStartup } from "./check-postgres.ts";
import { bringPostgresUpToDate, expectMigratedPostgres } from "./migrate-postgres.ts";
import { createPostgresDriver, postgresDialect } from "./postgres-driver.ts";
import { type OpenOptions, type PostgresCheck, type PostgresPool, settlePostgresOptions } from "./postgres-options.ts";

/** A driver, and the start-up checks that its pool failed and that only warned. */
export interface OpenPostgres {
  readonly driver: Driver;
  readonly failedChecks: readonly PostgresCheck[];
}

/**
 * Looks at a pool, brings its tables to the current version when asked, and answers with a driver over it.
 * @throws ConfigurationError for a wrong option, for a pool that may wait for ever or forget what it committed, and for
 *   tables that are missing
 */
export async function openPostgres(pool: PostgresPool, options: OpenOptions): Promise<OpenPostgres> {
  const settings = settlePostgresOptions(pool, options);
  const { schema, migrate, queryTimeoutMs } = settings;
  const { isPooled, failedChecks } = await explainingStartup(() => checkPostgres(pool, settings));
  const dialect = postgresDialect(schema);
  if (migrate) await bringPostgresUpToDate(pool, dialect, schema);
  else await expectMigratedPostgres(pool, dialect, schema);
  const { preparedStatements = !isPooled } = settings;
  return { driver: createPostgresDriver(pool, dialect, { queryTimeoutMs, preparedStatements }), failedChecks };
}
