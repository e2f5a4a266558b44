import { declaring, defineOptions, readOptions } from "@require-action/core/options";
import type { Store } from "@require-action/engine";
import { type OpenSqlite, openSqlite } from "../sqlite/open-sqlite.ts";
import { type SqliteDatabase, sqliteEntries, type SqliteOptions } from "../sqlite/sqlite-options.ts";
import { unavailable } from "../database/database-errors.ts";
import { type Retention, retentionSchema } from "./sweeps.ts";
import { createSqlStore } from "./sql-store.ts";
import { createSqliteGather } from "./gather/sqlite-gather.ts";

/** Options of {@link createSqliteStore}. */
export interface SqliteStoreOptions extends SqliteOptions {
  readonly retention?: Retention;
}

const optionsSchema = defineOptions<SqliteStoreOptions>({
  required: {},
  optional: { ...sqliteEntries, retention: retentionSchema },
});

/**
 * Creates a store in an SQLite file, shared by all processes of one machine. Its connection is its own: in a transaction of
 * the application's it refuses to work, since what was counted must stay counted.
 * @throws ConfigurationError for a wrong option, and for a database that will not do; ProviderError when the file cannot be
 *   read or written
 * @example
 * const store = createSqliteStore(new Database("engine.db"), { migrate: true });
 */
export function createSqliteStore(database: SqliteDatabase, options?: SqliteStoreOptions): Store {
  const { retention: kept = {}, ...others } = readOptions("createSqliteStore", optionsSchema, options);
  const { driver } = declaring("createSqliteStore", () => open(database, others));
  return createSqlStore(driver, createSqliteGather(driver), kept);
}

function open(database: SqliteDatabase, options: SqliteOptions): OpenSqlite {
  try {
    return openSqlite(database, options);
  } catch (error) {
    throw unavailable("provider_unavailable", "sqlite", error);
  }
}
