import { createStartCheck, type StartCheck } from "@require-action/core/options";
import { expectMigratedSqlite, migrateSqlite } from "./migrate-sqlite.ts";
import {
  pragma,
  settleSqliteOptions,
  type SqliteCheck,
  type SqliteDatabase,
  type SqliteOptions,
} from "./sqlite-options.ts";
import { createSqliteDriver, type SqliteDriver } from "./sqlite-driver.ts";

/** SQLite's number for `synchronous=FULL`: a commit is on the disk when it returns. */
const FULL = 2;

/** A driver, and the start-up checks that its connection failed and that only warned. */
export interface OpenSqlite {
  readonly driver: SqliteDriver;
  readonly failedChecks: readonly SqliteCheck[];
}

/**
 * Sets a connection up, brings its tables to the current version when asked, and answers with a driver over it.
 * @throws ConfigurationError for a wrong option, an SQLite that is too old or keeps no write-ahead log, and for tables that
 *   are missing
 * @see https://www.sqlite.org/pragma.html
 */
export function openSqlite(database: SqliteDatabase, options: SqliteOptions): OpenSqlite {
  const { migrate, busyTimeoutMs, checks } = settleSqliteOptions(database, options);
  const check = createStartCheck(checks);
  checkVersion(database, check);
  pragma(database, `busy_timeout = ${busyTimeoutMs}`);
  const journal = pragma(database, "journal_mode = WAL");
  if (journal !== "wal" && journal !== "memory") {
    check.fail("journal", {
      code: "RA_SQLITE_JOURNAL",
      problem: `this database keeps a ${String(journal)} journal, so that readers and writers hold each other up`,
      remedy: "give it a file and a folder where a write-ahead log can be kept",
    });
  }
  database.exec("PRAGMA synchronous = FULL");
  if (migrate) migrateSqlite(database);
  else expectMigratedSqlite(database);
  return { driver: createSqliteDriver(database), failedChecks: check.conclude() };
}

/** True when commits on this connection survive a power cut. */
export function isDurable(database: SqliteDatabase): boolean {
  return Number(pragma(database, "synchronous")) >= FULL;
}

/** @see https://www.sqlite.org/wal.html#the_wal_reset_bug */
function checkVersion(database: SqliteDatabase, check: StartCheck<SqliteCheck>): void {
  const [row] = database.prepare("SELECT sqlite_version() AS version").all({}) as { readonly version: string }[];
  const [major = 0, minor = 0, patch = 0] = (row?.version ?? "").split(".").map(Number);
  if (major < 3 || (major === 3 && minor < 38)) {
    check.fail("version", {
      code: "RA_SQLITE_VERSION",
      problem: `this is SQLite ${row?.version}, which lacks what the statements need`,
      remedy: "use 3.38 or newer",
    });
  }
  const isMended =
    minor > 51 || (minor === 51 && patch >= 3) || (minor === 50 && patch >= 7) || (minor === 44 && patch >= 6);
  if (isMended) return;
  process.emitWarning(
    `SQLite ${row?.version} may corrupt a database that several connections write to (the WAL-reset bug). Use 3.51.3 or newer.`,
    { type: "RequireActionWarning", code: "RA_SQLITE_WAL_RESET" },
  );
}
