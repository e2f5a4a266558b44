import { randomUUID } from "node:crypto";
import { createMemoryStore, type Store } from "@require-action/engine";
import { createRedisAttempts } from "@require-action/redis";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { createClient } from "redis";
import { noRedis, redisUrl, sharedRedis } from "../packages/redis/test/redis-servers.ts";
import { createFile, createSchema, noPostgres, noSqlite, openPool } from "../packages/sql/test/databases.ts";

/** A store, and what ends it. */
export interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** A way to keep the engine's state, and why it is skipped. */
export interface BusyStore {
  readonly name: string;
  readonly absent: string | undefined;
  open(): Promise<OpenedStore>;
}

const LEVELS = ["read committed", "repeatable read", "serializable"] as const;
type Level = (typeof LEVELS)[number];

/** Runs statements as the owner of the server. */
async function administer(...statements: readonly string[]): Promise<void> {
  // A database is created in the time of a checkpoint, which other tests may prolong.
  const pool = openPool({ max: 1, connectionTimeoutMillis: 60_000, statement_timeout: 120_000 });
  try {
    for (const statement of statements) await pool.query(statement);
  } finally {
    await pool.end();
  }
}

async function openByPool(level: Level): Promise<OpenedStore> {
  const { schema, open, close } = createSchema();
  const pool = open({ options: `-c default_transaction_isolation=${level.replace(" ", "\\ ")}` });
  return { store: await createPostgresStore(pool, { schema, migrate: true }), close };
}

async function openByRole(level: Level): Promise<OpenedStore> {
  const role = `busy_${randomUUID().replaceAll("-", "")}`;
  const { schema, url, open, close } = createSchema();
  await administer(
    `CREATE ROLE ${role} LOGIN SUPERUSER`,
    `ALTER ROLE ${role} SET default_transaction_isolation = '${level}'`,
  );
  const ours = new URL(url);
  ours.username = role;
  const store = await createPostgresStore(open({ connectionString: ours.href }), { schema, migrate: true });
  return {
    store,
    async close() {
      await close();
      await administer(`DROP ROLE ${role}`);
    },
  };
}

async function openByDatabase(level: Level): Promise<OpenedStore> {
  const name = `busy_${randomUUID().replaceAll("-", "")}`;
  await administer(
    `CREATE DATABASE ${name} TEMPLATE template0`,
    `ALTER DATABASE ${name} SET default_transaction_isolation = '${level}'`,
  );
  const ours = new URL(createSchema().url);
  ours.pathname = `/${name}`;
  const pool = openPool({ connectionString: ours.href });
  return {
    store: await createPostgresStore(pool, { migrate: true }),
    async close() {
      await pool.end();
      await administer(`DROP DATABASE ${name}`);
    },
  };
}

/** Every store that the engine has, and PostgreSQL at each isolation level, set by its pool. */
export const storesOnce: readonly BusyStore[] = [
  { name: "memory", absent: undefined, open: async () => ({ store: createMemoryStore(), close: async () => {} }) },
  {
    name: "SQLite",
    absent: noSqlite,
    async open() {
      const { open, close } = await createFile();
      return { store: createSqliteStore(open(), { migrate: true }), close };
    },
  },
  {
    name: "Redis, for attempts",
    absent: noRedis,
    async open() {
      const client = createClient({ url: redisUrl });
      client.on("error", () => {});
      await client.connect();
      const attempts = await createRedisAttempts(client, { prefix: `test:${randomUUID()}`, ...sharedRedis });
      return { store: { ...createMemoryStore(), ...attempts }, close: async () => client.destroy() };
    },
  },
  ...LEVELS.map((level) => ({
    name: `PostgreSQL, ${level} by its pool`,
    absent: noPostgres,
    open: () => openByPool(level),
  })),
];

/** The same, and PostgreSQL at each isolation level however else it is set. */
export const busyStores: readonly BusyStore[] = [
  ...storesOnce,
  ...LEVELS.flatMap((level) => [
    { name: `PostgreSQL, ${level} by its role`, absent: noPostgres, open: () => openByRole(level) },
    { name: `PostgreSQL, ${level} by its database`, absent: noPostgres, open: () => openByDatabase(level) },
  ]),
];

/** Users of so many requests, all one or all different. */
export const crowds: readonly { readonly who: string; readonly users: (count: number) => readonly string[] }[] = [
  { who: "one user", users: (count) => Array.from({ length: count }, () => "alice") },
  { who: "many users", users: (count) => Array.from({ length: count }, (_, index) => `user-${index}`) },
];
