import type { SqliteDatabase } from "@require-action/sql";

/** A connection to an SQLite file. */
export type SqliteConnection = SqliteDatabase & { close(): unknown };

/** Opens a file with better-sqlite3, or with Node's own SQLite (Node 22 and later) where that is not installed. */
export async function openSqlite(file: string): Promise<SqliteConnection> {
  const betterSqlite = await import("better-sqlite3").catch(() => undefined);
  if (betterSqlite) return new betterSqlite.default(file) as unknown as SqliteConnection;
  // Named at run time, as Node 20 does not have it.
  const name = "node:sqlite";
  const { DatabaseSync } = await import(name).catch(() => {
    throw new Error(
      "There is no SQLite here: install better-sqlite3, or use Node 22 or later, or PostgreSQL by DATABASE_URL.",
    );
  });
  return new DatabaseSync(file) as SqliteConnection;
}
