import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Sqlite from "better-sqlite3";
import pg from "pg";
import { openSqliteFile } from "./open-sqlite.ts";

export { openSqliteFile } from "./open-sqlite.ts";

/** The PostgreSQL that the tests share. */
export const databaseUrl: string = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** A reason to skip, or none. Where services must be there, their absence is an error. */
function absent(service: string, error: unknown): string {
  if (process.env["REQUIRE_SERVICES"] === "1") throw error;
  const reason = `${service} is not there: ${error instanceof Error ? error.message : String(error)}`;
  console.warn(`SKIPPED: ${reason}`);
  return reason;
}

/** Milliseconds that tests wait for an answer that comes: how soon is the machine's to say. */
export const PATIENCE_MS = 30_000;

/** A pool as applications should set one up, but for its patience. */
export function openPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: PATIENCE_MS,
    statement_timeout: PATIENCE_MS,
    ...options,
  });
  pool.on("error", () => {});
  // Those that are out of the pool when their connection breaks.
  pool.on("connect", (client) => void client.on("error", () => {}));
  return pool;
}

/** Why the tests on PostgreSQL are skipped. */
export const noPostgres: string | undefined = await (async () => {
  const pool = openPool({ max: 1, connectionTimeoutMillis: 10_000 });
  try {
    await pool.query("SELECT 1");
    return undefined;
  } catch (error) {
    return absent("PostgreSQL", error);
  } finally {
    await pool.end();
  }
})();

/** A schema of one's own, with pools of its own. */
export interface TestSchema {
  readonly schema: string;
  readonly url: string;
  open(options?: pg.PoolConfig): pg.Pool;
  close(): Promise<void>;
}

let administration: pg.Pool | undefined;

export function createSchema(): TestSchema {
  const schema = `test_${randomUUID().replaceAll("-", "")}`;
  const pools: pg.Pool[] = [];
  return {
    schema,
    url: databaseUrl,
    open(options) {
      const pool = openPool(options);
      pools.push(pool);
      return pool;
    },
    async close() {
      await Promise.all(pools.map(async (pool) => pool.ended || pool.end()));
      administration ??= openPool({ max: 1, allowExitOnIdle: true });
      await administration.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    },
  };
}

/** Why the tests on SQLite are skipped: better-sqlite3 is not compiled for this Node, which has no SQLite of its own. */
export const noSqlite: string | undefined = (() => {
  try {
    openSqliteFile(":memory:").close();
    return undefined;
  } catch (error) {
    return absent("better-sqlite3", error);
  }
})();

/** A file of one's own, with connections of its own. */
export interface TestFile {
  readonly file: string;
  open(): Sqlite.Database;
  close(): Promise<void>;
}

export async function createFile(): Promise<TestFile> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-sql-"));
  const file = join(folder, "test.db");
  const databases: Sqlite.Database[] = [];
  return {
    file,
    open() {
      const database = openSqliteFile(file);
      databases.push(database);
      return database;
    },
    async close() {
      for (const database of databases) database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
