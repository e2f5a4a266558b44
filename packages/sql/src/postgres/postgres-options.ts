import { ConfigurationError } from "@require-action/core";
import type { PostgresPool } from "./postgres-pool.ts";

/** What everything on PostgreSQL has in common. */
export interface PostgresOptions {
  /** The schema of the tables, `require_action` by default. One for each environment that shares the database. */
  readonly schema?: string;
  /** Brings the tables to the current version first. */
  readonly migrate?: boolean;
  /** Milliseconds after which a statement is given up on, 2,000 by default. */
  readonly queryTimeoutMs?: number;
}

const names: ReadonlySet<string> = new Set<keyof PostgresOptions>(["schema", "migrate", "queryTimeoutMs"]);

/** Reads the options. @throws ConfigurationError that names the option */
export function parsePostgresOptions(pool: PostgresPool, options: PostgresOptions): Required<PostgresOptions> {
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new ConfigurationError(name, "is not an option");
  }
  const { schema = "require_action", migrate = false, queryTimeoutMs = 2_000 } = options;
  if (typeof pool?.query !== "function" || typeof pool.connect !== "function") {
    throw new ConfigurationError("pool", "must be a pool of the pg package");
  }
  // On a single client a step could be part of the application's transaction, and be rolled back with it.
  if ("connection" in pool || typeof pool.getTransactionStatus === "function") {
    throw new ConfigurationError("pool", "is a client: give the pool, and a client to within");
  }
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new ConfigurationError("schema", "must be 1 to 63 of lower-case letters, digits and _, no digit first");
  }
  if (!Number.isSafeInteger(queryTimeoutMs) || queryTimeoutMs < 1) {
    throw new ConfigurationError("queryTimeoutMs", "must be whole milliseconds, at least 1");
  }
  return { schema, migrate, queryTimeoutMs };
}
