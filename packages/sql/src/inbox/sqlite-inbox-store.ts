import { declaring, defineOptions, readOptions } from "@require-action/core/options";
import type { InboxStore } from "@require-action/core/agents";
import { unavailable } from "../database/database-errors.ts";
import { openSqlite } from "../sqlite/open-sqlite.ts";
import { type SqliteDatabase, sqliteEntries, type SqliteOptions } from "../sqlite/sqlite-options.ts";
import { createSqlInboxStore } from "./sql-inbox-store.ts";

const optionsSchema = defineOptions<SqliteOptions>({ required: {}, optional: sqliteEntries });

/**
 * Creates the store of an inbox in an SQLite file, shared by all processes of one machine. It may be the file of the engine's store and
 * of the ledger.
 * @throws ConfigurationError for a wrong option, and for a database that will not do; ProviderError when the file cannot be
 *   read or written
 * @example
 * const store = createSqliteInboxStore(new Database("bank.db"), { migrate: true });
 */
export function createSqliteInboxStore(database: SqliteDatabase, options?: SqliteOptions): InboxStore {
  const read = readOptions("createSqliteInboxStore", optionsSchema, options);
  try {
    return createSqlInboxStore(declaring("createSqliteInboxStore", () => openSqlite(database, read)).driver);
  } catch (error) {
    throw unavailable("provider_unavailable", "sqlite", error);
  }
}
