import type { SqliteDatabase } from "@require-action/sql";

/** A connection to an SQLite file. */
export type SqliteConnection = SqliteDatabase & { close(): unknown };

/** Opens a file with Node's own SQLite (22.13 and later), or else with better-sqlite3. */
export async function openSqlite(file: string): Promise<SqliteConnection> {
  // Named at run time, as Node 20 does not have it.
  const name = "node:sqlite";
  const own = await import(name).catch(() => undefined);
  if (own) return new own.DatabaseSync(file) as SqliteConnection;
  const { default: BetterSqlite } = await import("better-sqlite3").catch(() => {
    throw new Error(
      "There is no SQLite here: install better-sqlite3, or use Node 22.13 or later, or PostgreSQL by DATABASE_URL.",
    );
  });
  return new BetterSqlite(file) as unknown as SqliteConnection;
}
