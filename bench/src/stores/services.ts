import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PostgresPool } from "@require-action/sql";
import type Sqlite from "better-sqlite3";
import pg from "pg";
import { createClient } from "redis";

/** A service that is there, or why it is not. */
export type Found<Service> = { readonly service: Service } | { readonly skipped: string };

/** A client of a Redis that others may use too: everything of ours is under `prefix` and ends by itself. */
export interface FoundRedis {
  readonly client: ReturnType<typeof createRedis>;
  readonly prefix: string;
  close(): Promise<void>;
}

export async function findRedis(): Promise<Found<FoundRedis>> {
  const client = createRedis();
  client.on("error", () => {});
  return find("Redis", async () => {
    await client.connect();
    return { client, prefix: `bench-${randomUUID()}`, close: async () => client.destroy() };
  });
}

const createRedis = () =>
  createClient({
    url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379",
    socket: { reconnectStrategy: false, connectTimeout: 1_000 },
  });

/** A pool, and schemas that are gone when it is closed. */
export interface FoundPostgres {
  readonly pool: pg.Pool;
  createSchema(): string;
  close(): Promise<void>;
}

export async function findPostgres(): Promise<Found<FoundPostgres>> {
  const pool = new pg.Pool({
    connectionString: process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test",
    max: 10,
    connectionTimeoutMillis: 2_000,
    // Connections stay, so that what their processes have used can be asked for afterwards.
    idleTimeoutMillis: 0,
    statement_timeout: 600_000,
  });
  pool.on("error", () => {});
  const schemas: string[] = [];
  return find("PostgreSQL", async () => {
    await pool.query("SELECT 1");
    return {
      pool,
      createSchema() {
        const schema = `bench_${randomUUID().replaceAll("-", "")}`;
        schemas.push(schema);
        return schema;
      },
      async close() {
        for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
        await pool.end();
      },
    };
  });
}

/** A pool as the stores take it, and how many statements went through it since that was asked last. */
export function countStatements(pool: pg.Pool): { readonly counting: PostgresPool; takeCount(): number } {
  let statements = 0;
  return {
    counting: {
      connect: () => pool.connect(),
      query(query) {
        statements++;
        return pool.query(query);
      },
    },
    takeCount() {
      const taken = statements;
      statements = 0;
      return taken;
    },
  };
}

/** Files in a folder that is gone when it is closed. */
export interface FoundSqlite {
  open(): Sqlite.Database;
  close(): Promise<void>;
}

export async function findSqlite(): Promise<Found<FoundSqlite>> {
  return find("better-sqlite3", async () => {
    const Database = createRequire(import.meta.url)("better-sqlite3") as typeof Sqlite;
    new Database(":memory:").close();
    const folder = mkdtempSync(join(tmpdir(), "require-action-bench-"));
    const databases: Sqlite.Database[] = [];
    return {
      open() {
        const database = new Database(join(folder, `${databases.length}.db`));
        databases.push(database);
        return database;
      },
      async close() {
        for (const database of databases) database.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}

async function find<Service>(name: string, look: () => Promise<Service>): Promise<Found<Service>> {
  try {
    return { service: await look() };
  } catch (error) {
    if (process.env["REQUIRE_SERVICES"] === "1") throw error;
    return { skipped: `${name} is not there: ${error instanceof Error ? error.message : String(error)}` };
  }
}
