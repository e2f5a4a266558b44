import { ConfigurationError } from "@require-action/core";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What everything on SQLite has in common. */
export interface SqliteOptions {
  /** Brings the tables to the current version first. */
  readonly migrate?: boolean;
  /** Milliseconds for which a write waits for that of another process, 5,000 by default. The event loop stands still meanwhile. */
  readonly busyTimeoutMs?: number;
}

const names: ReadonlySet<string> = new Set<keyof SqliteOptions>(["migrate", "busyTimeoutMs"]);

/** Reads the options. @throws ConfigurationError that names the option */
export function parseSqliteOptions(database: SqliteDatabase, options: SqliteOptions): Required<SqliteOptions> {
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new ConfigurationError(name, "is not an option");
  }
  const { migrate = false, busyTimeoutMs = 5_000 } = options;
  if (typeof database?.prepare !== "function" || typeof database.exec !== "function") {
    throw new ConfigurationError("database", "must be a connection of better-sqlite3 or node:sqlite");
  }
  if (!Number.isSafeInteger(busyTimeoutMs) || busyTimeoutMs < 0) {
    throw new ConfigurationError("busyTimeoutMs", "must be whole milliseconds");
  }
  return { migrate, busyTimeoutMs };
}
