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
  /** Runs the statement for what it changes. */
  run(parameters: Record<string, string | number | null>): unknown;
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
