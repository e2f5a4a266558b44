import { ConfigurationError } from "@require-action/core";
import { option, type OptionEntries } from "@require-action/core/options";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What everything on SQLite has in common. */
export interface SqliteOptions {
  /** Brings the tables to the current version first. */
  readonly migrate?: boolean;
  /** Milliseconds for which a write waits for that of another process, 5,000 by default. The event loop stands still meanwhile. */
  readonly busyTimeoutMs?: number;
}

/** The schemas of the options that everything on SQLite has in common. */
export const sqliteEntries: OptionEntries<SqliteOptions>["optional"] = {
  migrate: option.flag,
  busyTimeoutMs: option.whole({ least: 0, unit: "milliseconds" }),
};

/** Fills the defaults in, and looks at the database. @throws ConfigurationError for what is not a database */
export function settleSqliteOptions(
  database: SqliteDatabase,
  { migrate = false, busyTimeoutMs = 5_000 }: SqliteOptions,
): Required<SqliteOptions> {
  if (typeof database?.prepare !== "function" || typeof database.exec !== "function") {
    throw new ConfigurationError("database", "must be a connection of better-sqlite3 or node:sqlite");
  }
  return { migrate, busyTimeoutMs };
}
