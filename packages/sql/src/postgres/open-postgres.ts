import { ConfigurationError } from "@require-action/core";
import type { Driver } from "../database/driver.ts";
import { bringPostgresUpToDate, expectMigratedPostgres } from "./migrate-postgres.ts";
import { createPostgresDriver, postgresDialect } from "./postgres-driver.ts";
import { asText, type PostgresOptions, type PostgresPool, settlePostgresOptions } from "./postgres-options.ts";

/**
 * Looks at a pool, brings its tables to the current version when asked, and answers with a driver over it.
 * @throws ConfigurationError for a wrong option, for a pool that may wait for ever or forget what it committed, and for
 *   tables that are missing
 */
export async function openPostgres(pool: PostgresPool, options: PostgresOptions): Promise<Driver> {
  const { schema, migrate, queryTimeoutMs } = settlePostgresOptions(pool, options);
  await checkPool(pool);
  const dialect = postgresDialect(schema);
  if (migrate) await bringPostgresUpToDate(pool, dialect, schema);
  else await expectMigratedPostgres(pool, dialect, schema);
  return createPostgresDriver(pool, dialect, queryTimeoutMs);
}

/** @see https://node-postgres.com/apis/client */
async function checkPool(pool: PostgresPool): Promise<void> {
  if (pool.options !== undefined && !pool.options.connectionTimeoutMillis) {
    throw new ConfigurationError("pool", "set connectionTimeoutMillis: without it pg waits for a connection for ever");
  }
  if (pool.listenerCount?.("error") === 0) {
    process.emitWarning(
      'This pool has no listener for "error": a connection that breaks while idle ends the process. Add pool.on("error", …).',
      { type: "RequireActionWarning", code: "RA_POSTGRES_UNHEARD" },
    );
  }
  const { rows } = await pool.query({
    types: asText,
    text: "SELECT current_setting('statement_timeout') AS timeout, current_setting('synchronous_commit') AS commit",
  });
  const { timeout, commit } = rows[0] as { readonly timeout: string; readonly commit: string };
  if (timeout === "0") {
    throw new ConfigurationError("pool", "set statement_timeout: without it a statement may hold its locks for ever");
  }
  if (commit === "off") {
    throw new ConfigurationError("pool", "synchronous_commit is off: a crash would forget which approvals were used");
  }
}
