import { ConfigurationError } from "@require-action/core";
import { currentVersion, migrationsTable, statementsSince, versionQuery } from "../migrations/migrations.ts";
import type { SqliteDatabase } from "./sqlite-options.ts";
import { sqliteDialect } from "./sqlite-driver.ts";

/** Creates the tables, or brings them to the current version. Any number of processes may do so at once. */
export function migrateSqlite(database: SqliteDatabase): void {
  if (versionOf(database) >= currentVersion) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migrationsTable(sqliteDialect));
    for (const statement of statementsSince(versionOf(database), sqliteDialect)) database.exec(statement);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** @throws ConfigurationError when the tables are not there, or older than this code */
export function expectMigratedSqlite(database: SqliteDatabase): void {
  if (versionOf(database) >= currentVersion) return;
  throw new ConfigurationError(
    "migrate",
    'the tables in this file are missing or old: run "npx @require-action/cli migrate --store sqlite:FILE", call migrateSqlite, or set migrate to true',
  );
}

function versionOf(database: SqliteDatabase): number {
  const found = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $name")
    .all({ name: sqliteDialect.table("migrations") });
  if (found.length === 0) return 0;
  const [row] = database.prepare(versionQuery(sqliteDialect)).all({}) as { readonly version: unknown }[];
  return Number(row?.version ?? 0);
}
