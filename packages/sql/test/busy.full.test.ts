import { inFull } from "@require-action-test/support/full";
import { randomUUID } from "node:crypto";
import { expectWarning } from "@require-action-test/support/warnings";
import type { Store } from "@require-action/engine";
import type { DecisionQuery } from "@require-action/engine/store";
import type pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresStore, createSqliteStore, type PostgresPool } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite } from "./databases.ts";

/** Bumps one counter, whose row others may hold. */
const query: DecisionQuery = {
  key: { userId: "alice", action: "pay", idempotencyKey: "key" },
  counters: [{ key: ["count", "alice"], windowMs: 3_600_000, amount: 1_000_000n }],
  needsUser: false,
  needsDeviceCount: false,
  now: Date.UTC(2026, 0, 15),
};
const busy = { code: "provider_busy", retryAfterSeconds: 1 };

const failing = (code: string | undefined, message = "no"): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

/** A pool whose first decisions fail as told. */
async function createFailingPool(): Promise<{
  readonly store: Store;
  readonly names: (string | undefined)[];
  fail(errors: readonly Error[]): void;
}> {
  const { schema, open, close } = createSchema();
  onTestFinished(close);
  const pool = open();
  let errors: readonly Error[] = [];
  let next = 0;
  const names: (string | undefined)[] = [];
  const between: PostgresPool = {
    connect: () => pool.connect(),
    query(asked) {
      names.push(asked.name);
      const error = errors[next++];
      return error === undefined ? pool.query(asked) : Promise.reject(error);
    },
  };
  const store = await createPostgresStore(between, { schema, migrate: true, queryTimeoutMs: 1_000 });
  names.length = 0;
  return {
    store,
    names,
    fail(those) {
      errors = those;
      next = 0;
    },
  };
}

describe.skipIf(noPostgres)("C1: PostgreSQL", () => {
  /** A store whose counter's row is held by somebody else's transaction until the test ends. */
  async function openHeld(options: pg.PoolConfig): Promise<Store> {
    const { schema, open, close } = createSchema();
    await (await createPostgresStore(open(), { schema, migrate: true })).gather(query);
    const store = await createPostgresStore(open(options), { schema });
    const holder = await open().connect();
    await holder.query(`BEGIN; SELECT * FROM "${schema}".velocity FOR UPDATE`);
    onTestFinished(async () => {
      holder.release();
      await close();
    });
    return store;
  }

  it.each([
    ["57014, its own statement_timeout", { statement_timeout: 300 }],
    ["55P03, its own lock_timeout", { options: "-c lock_timeout=300" }],
  ])("is busy when a row is held: %s", async (_name, options) => {
    await expect((await openHeld(options)).gather(query)).rejects.toMatchObject(busy);
  });

  it("is busy when its pool is full, also for a guard that does not wait so long", async () => {
    const { schema, open, close } = createSchema();
    const pool = open({ max: 2, connectionTimeoutMillis: 1_000 });
    const store = await createPostgresStore(pool, { schema, migrate: true });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    onTestFinished(async () => {
      for (const client of held) client.release();
      await close();
    });
    expect(store.isBusy?.()).toBe(false);
    const gathered = Promise.resolve(store.gather(query));
    gathered.catch(() => {});
    await new Promise(setImmediate);
    expect(store.isBusy?.()).toBe(true);
    await expect(gathered).rejects.toMatchObject(busy);
    expect(store.isBusy?.()).toBe(false);
  });

  it("is busy when it takes no more connections: 53300", async () => {
    const { schema, url, open, close } = createSchema();
    const admin = open();
    await createPostgresStore(admin, { schema, migrate: true });
    const role = `busy_${randomUUID().replaceAll("-", "")}`;
    await admin.query(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1; GRANT USAGE ON SCHEMA "${schema}" TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`);
    const ours = new URL(url);
    ours.username = role;
    const pool = open({ connectionString: ours.href });
    const store = await createPostgresStore(pool, { schema });
    const held = await pool.connect();
    onTestFinished(async () => {
      held.release();
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await close();
    });
    await expect(store.gather(query)).rejects.toMatchObject(busy);
  });

  it.each(["40001", "40P01"])("repeats what lost to another until it wins: %s", async (code) => {
    const { store, names, fail } = await createFailingPool();
    fail(Array.from({ length: 20 }, () => failing(code)));
    await expect(store.gather(query)).resolves.toMatchObject({ counters: [1_000_000n] });
    expect(names).toHaveLength(21);
  });

  it.each(inFull ? ["40001", "40P01"] : ["40001"])(
    "is busy when it loses for as long as it may take: %s",
    async (code) => {
      const { store, fail } = await createFailingPool();
      fail(Array.from({ length: 100_000 }, () => failing(code)));
      await expect(store.gather(query)).rejects.toMatchObject(busy);
    },
  );

  it.each([
    ["provider_busy", "57014", undefined],
    ["provider_busy", undefined, "timeout exceeded when trying to connect"],
    ["provider_busy", "08P01", "query_wait_timeout"],
    ["provider_busy", "08P01", "no more connections allowed (max_client_conn)"],
    ["provider_unavailable", "57P01", undefined],
    ["provider_unavailable", "ECONNREFUSED", undefined],
    ["provider_unavailable", "08006", undefined],
    ["provider_unavailable", undefined, "Connection terminated unexpectedly"],
    ["provider_unavailable", undefined, "Query read timeout"],
    ["provider_unavailable", undefined, "Connection terminated due to connection timeout"],
  ])("%s: %s %s", async (expected, code, message) => {
    const { store, fail } = await createFailingPool();
    fail([failing(code, message)]);
    await expect(store.gather(query)).rejects.toMatchObject({ code: expected });
  });

  it("is busy when a crowd has no answer in time from one that answered just before", async () => {
    const { store, fail } = await createFailingPool();
    await store.gather(query);
    fail(Array.from({ length: 30 }, () => failing(undefined, "Query read timeout")));
    const asked = Array.from({ length: 30 }, async (_, index) =>
      store.gather({ ...query, key: { ...query.key, userId: `user-${index}` } }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual(
      Array.from({ length: 30 }, () => expect.objectContaining(busy)),
    );
    expect(store.isBusy?.()).toBe(true);
  });

  it("T54: is busy when its own time limit passes while this process is at work", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    let isBlocked = false;
    const store = await createPostgresStore(
      {
        connect: () => pool.connect(),
        async query(asked) {
          if (!isBlocked) return pool.query(asked);
          const end = performance.now() + 200;
          while (performance.now() < end);
          throw failing(undefined, "Query read timeout");
        },
      },
      { schema, migrate: true },
    );
    isBlocked = true;
    await expect(store.gather(query)).rejects.toMatchObject(busy);
  });

  it.each(["42P05", "26000"])(
    "prepares nothing any more behind a pooler that mixes connections up: %s",
    async (code) => {
      expectWarning("RA_POSTGRES_UNPREPARED");
      const { store, names, fail } = await createFailingPool();
      fail([failing(code)]);
      await store.gather(query);
      await store.gather(query);
      expect(names).toEqual([expect.stringMatching(/^require_action_/), undefined, undefined]);
    },
  );
});

describe.skipIf(noSqlite)("C1: SQLite", () => {
  it("is busy while another connection writes", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const store = createSqliteStore(open(), { migrate: true, busyTimeoutMs: 10 });
    const other = open();
    other.exec("BEGIN IMMEDIATE");
    await expect((async () => store.gather(query))()).rejects.toMatchObject(busy);
    other.exec("COMMIT");
    expect(await store.gather(query)).toMatchObject({ counters: [1_000_000n] });
  });
});
