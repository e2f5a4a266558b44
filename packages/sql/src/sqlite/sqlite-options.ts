import { ConfigurationError } from "@require-action/core";
import { defineChecks, option, type OptionEntries, type StartChecks } from "@require-action/core/options";

const CHECKS = ["version", "journal"] as const;

/** A start-up check of SQLite, by name. */
export type SqliteCheck = (typeof CHECKS)[number];

/** What everything on SQLite has in common. */
export interface SqliteOptions {
  /** Brings the tables to the current version first. */
  readonly migrate?: boolean;
  /** Milliseconds for which a write waits for that of another process, 5,000 by default. The event loop stands still meanwhile. */
  readonly busyTimeoutMs?: number;
  /** Start-up checks that warn rather than refuse: `version` (3.38 or newer), `journal` (a write-ahead log). */
  readonly checks?: StartChecks<SqliteCheck>;
}

/** The schemas of the options that everything on SQLite has in common. */
export const sqliteEntries: OptionEntries<SqliteOptions>["optional"] = {
  migrate: option.flag,
  busyTimeoutMs: option.whole({ least: 0, unit: "milliseconds" }),
  checks: defineChecks(CHECKS),
};

/** Fills the defaults in, and looks at the database. @throws ConfigurationError for what is not a database */
export function settleSqliteOptions(
  database: SqliteDatabase,
  { migrate = false, busyTimeoutMs = 5_000, checks = {} }: SqliteOptions,
): Required<SqliteOptions> {
  if (typeof database?.prepare !== "function" || typeof database.exec !== "function") {
    throw new ConfigurationError("database", "must be a connection of better-sqlite3 or node:sqlite");
  }
  return { migrate, busyTimeoutMs, checks };
}

/**
 * The part of a synchronous SQLite connection that is used: `better-sqlite3` has it, and so has `node:sqlite`.
 * @see https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md
 * @see https://nodejs.org/api/sqlite.html
 */
export interface SqliteDatabase {
  /** Prepares one statement. */
  prepare(sql: string): SqliteStatement;
  /** Runs statements that have neither parameters nor rows. */
  exec(sql: string): unknown;
  /** Whether a transaction is open: `better-sqlite3`'s word for it. */
  readonly inTransaction?: boolean;
  /** `node:sqlite`'s word for the same. */
  readonly isTransaction?: boolean;
}

/** A prepared statement; parameters are bound by name. */
export interface SqliteStatement {
  /** Runs the statement, and answers with its rows. */
  all(parameters: Record<string, string | number | null>): unknown[];
  /** Runs the statement for what it changes, and answers how many rows that was. */
  run(parameters: Record<string, string | number | null>): { readonly changes: number | bigint };
}

/** True while a transaction is open on the connection. */
export function isInTransaction({ inTransaction, isTransaction }: SqliteDatabase): boolean {
  return inTransaction ?? isTransaction ?? false;
}

/** Reads a setting. */
export function pragma(database: SqliteDatabase, setting: string): unknown {
  const [row] = database.prepare(`PRAGMA ${setting}`).all({});
  return Object.values(row as object)[0];
}
