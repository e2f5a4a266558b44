import { inspect } from "node:util";
import { elapsedLessMargin } from "@require-action-test/support/timing";
import { expectWarning } from "@require-action-test/support/warnings";
import { RequireActionError } from "@require-action/core";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createPostgresLedger,
  createPostgresStore,
  createSqliteLedger,
  createSqliteStore,
  migratePostgres,
  migrateSqlite,
  type PostgresOptions,
  type PostgresPool,
  type SqliteDatabase,
  type SqliteOptions,
} from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, type TestFile, type TestSchema } from "./databases.ts";

const PASSWORD = "canary-password";

/** A pool that nobody will answer, set up with something to keep secret. */
function deafPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 500, statement_timeout: 500 });
  pool.on("error", () => {});
  return pool;
}

/** A pool whose server says something else of itself. */
function pretending(pool: pg.Pool, said: object): PostgresPool {
  return {
    query: (query) => pool.query(query),
    async connect() {
      const client = await pool.connect();
      const query: PostgresPool["query"] = async (one) => {
        const { rows } = await client.query(one);
        return { rows: one.text.includes("version()") ? rows.map((row: object) => ({ ...row, ...said })) : rows };
      };
      return { query, release: (error) => client.release(error) };
    },
  };
}

describe("F14: PostgreSQL that is not there", () => {
  it.each([
    ["refuses", `postgres://user:${PASSWORD}@127.0.0.1:1/nowhere`],
    ["is no address", `postgres://user:${PASSWORD}@:not-a-port/nowhere`],
  ])("%s: is told by its kind, and nothing of the connection string is", async (_, connectionString) => {
    const pool = deafPool(connectionString);
    for (const open of [createPostgresStore, createPostgresLedger, migratePostgres]) {
      const error: unknown = await open(pool).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RequireActionError);
      expect((error as RequireActionError).status).toBe(503);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary|127\.0\.0\.1|user:|nowhere/);
    }
    await pool.end();
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  let database: TestSchema;
  let schema: string;

  beforeEach(() => {
    database = createSchema();
    ({ schema } = database);
  });
  afterEach(() => database.close());

  it.each([
    ["schema", { schema: 'x"; DROP TABLE users' }],
    ["schema", { schema: "X" }],
    ["queryTimeoutMs", { queryTimeoutMs: 0 }],
    ["shema", { shema: "x" }],
    ["retention.actionsMs", { retention: { actionsMs: 1_000 } }],
    ["retention.users", { retention: { users: 1 } }],
  ])("a wrong option is refused by name: %s", async (option, options: object) => {
    await expect(createPostgresStore(database.open(), options)).rejects.toMatchObject({ option });
  });

  it("tables that are missing are told of, and made when asked", async () => {
    const pool = database.open();
    await expect(createPostgresLedger(pool, { schema })).rejects.toThrow(
      `the tables in schema "${schema}" are missing or old: run "npx @require-action/cli migrate --store … --schema ${schema}", call migratePostgres`,
    );
    await migratePostgres(pool, { schema });
    await expect(createPostgresLedger(pool, { schema })).resolves.toMatchObject({ name: "postgres" });
  });

  it("F17: a pool that may wait for ever is refused", async () => {
    const patient = database.open({ connectionTimeoutMillis: 0 });
    await expect(createPostgresLedger(patient, { schema })).rejects.toThrow("connectionTimeoutMillis");
    const endless = database.open({ statement_timeout: 0 });
    await expect(createPostgresLedger(endless, { schema })).rejects.toThrow("statement_timeout");
  });

  it("T5: a client is no pool: a claim on it could be rolled back with the application's transaction", async () => {
    const client = await database.open().connect();
    await expect(createPostgresLedger(client as never, { schema })).rejects.toThrow("pool: is a client");
    client.release();
  });

  it("T7: a pool that may forget what it committed is refused", async () => {
    const forgetful = database.open({ options: "-c synchronous_commit=off" });
    await expect(createPostgresLedger(forgetful, { schema })).rejects.toThrow("synchronous_commit");
  });

  it.each<[keyof NonNullable<PostgresOptions["checks"]>, string, pg.PoolConfig]>([
    ["connectionTimeout", "RA_POSTGRES_UNBOUNDED", { connectionTimeoutMillis: 0 }],
    ["statementTimeout", "RA_POSTGRES_UNBOUNDED", { statement_timeout: 0 }],
    ["synchronousCommit", "RA_POSTGRES_VOLATILE", { options: "-c synchronous_commit=off" }],
  ])(
    "T7: F17: the check %s warns rather than refuses where it is named, and no other does",
    async (check, code, wrong) => {
      const pool = database.open(wrong);
      for (const checks of [{}, { server: "warn", fsync: "warn" }, { [check]: "refuse" }] as const) {
        await expect(createPostgresStore(pool, { schema, checks })).rejects.toMatchObject({
          option: `checks.${check}`,
        });
      }
      expectWarning(code);
      const ledger = await createPostgresLedger(pool, { schema, checks: { [check]: "warn" }, migrate: true });
      expect(ledger.failedChecks).toEqual([check]);
    },
  );

  it.each([
    ["behind", 60 * 60],
    ["ahead of", -60 * 60],
    ["ahead of", -62],
  ])("T58: a process whose clock is %s the server's by %d s is refused", async (where, seconds) => {
    const pool = pretending(database.open(), { now: String(Date.now() / 1000 + seconds) });
    for (const open of [createPostgresStore, createPostgresLedger]) {
      await expect(open(pool, { schema, migrate: true })).rejects.toMatchObject({
        option: "checks.clock",
        problem: expect.stringMatching(new RegExp(`clock of this process is \\d+ s ${where} the server's`)),
      });
    }
    expectWarning("RA_POSTGRES_CLOCK");
    const ledger = await createPostgresLedger(pool, { schema, migrate: true, checks: { clock: "warn" } });
    expect(ledger.failedChecks).toEqual(["clock"]);
  });

  it("a process whose clock is off by less than a minute is none", async () => {
    for (const seconds of [-50, 50]) {
      const pool = pretending(database.open(), { now: String(Date.now() / 1000 + seconds) });
      await expect(createPostgresStore(pool, { schema, migrate: true })).resolves.toBeDefined();
    }
  });

  it.each([
    ["CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu, built 2024/05/15 21:28:29, go1.22.2 X:nocoverageredesign)"],
    ["PostgreSQL 11.2-YB-2.21.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 16.0.6, 64-bit"],
    ["PostgreSQL 15.2-YB-2.25.0.0-b489 on x86_64-pc-linux-gnu"],
    ["PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017, Redshift 1.0.12103"],
    ["PostgreSQL 12.22 (Debian 12.22-1) on x86_64-pc-linux-gnu"],
    [null],
  ])("C2: what resembles PostgreSQL, or is too old, is refused: %s", async (version) => {
    const pool = pretending(database.open(), { version });
    await expect(createPostgresStore(pool, { schema })).rejects.toMatchObject({ option: "checks.server" });
    expectWarning("RA_POSTGRES_UNSUPPORTED");
    // The next that is looked at is the tables.
    const opening = createPostgresStore(pool, { schema, checks: { server: "warn" } });
    await expect(opening).rejects.toMatchObject({ option: "migrate" });
  });

  it("T7: a server that keeps nothing of a crash is refused", async () => {
    const pool = pretending(database.open(), { fsync: "off" });
    await expect(createPostgresLedger(pool, { schema })).rejects.toMatchObject({ option: "checks.fsync" });
    await expect(createPostgresLedger(pool, { schema })).rejects.toThrow("set fsync of the server to on");
  });

  it.each(["PostgreSQL 13.0", "PostgreSQL 17beta1 on x86_64", "PostgreSQL 16.3 (Ubuntu) on aarch64"])(
    "%s will do",
    async (version) => {
      const pool = pretending(database.open(), { version });
      await expect(createPostgresLedger(pool, { schema })).rejects.toMatchObject({ option: "migrate" });
    },
  );

  it("a pool whose broken connections nobody hears of is warned about", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const pool = database.open();
    pool.removeAllListeners("error");
    await createPostgresLedger(pool, { schema, migrate: true });
    expect(warned).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ code: "RA_POSTGRES_UNHEARD" }));
    warned.mockRestore();
  });

  it("F16: a statement that waits is given up on, and the connection with it", async () => {
    const pool = database.open();
    const ledger = await createPostgresLedger(pool, { schema, migrate: true, queryTimeoutMs: 200 });
    const blocker = await database.open().connect();
    await blocker.query("BEGIN");
    await ledger.within(blocker).claim("key", "alice", 60_000);
    const ms = await elapsedLessMargin(() =>
      expect(ledger.claim("key", "bob", 60_000)).rejects.toMatchObject({ code: "ledger_unavailable" }),
    );
    expect(ms).toBeLessThan(200);
    await blocker.query("ROLLBACK");
    blocker.release();
    await expect(ledger.claim("key", "carol", 60_000)).resolves.toBeTypeOf("boolean");
  });

  it("T41: text that it cannot keep is refused as the request's fault, never as its own", async () => {
    const store = await createPostgresStore(database.open(), { schema, migrate: true });
    for (const text of ["a\0b", "a\ud800b"]) {
      await expect(store.findUser(text)).rejects.toMatchObject({ status: 400 });
      await expect(store.updateUser("alice", { displayName: text }, 0)).rejects.toMatchObject({ status: 400 });
    }
    // These only look like it.
    for (const displayName of ["\\u0000", "a\\\\u0000", "\\ud800", "\ud83d\ude00"]) {
      await expect(store.updateUser("alice", { displayName }, 0)).resolves.toMatchObject({ displayName });
    }
  });

  it("a cursor that is not ours is refused as the request's fault", async () => {
    const store = await createPostgresStore(database.open(), { schema, migrate: true });
    for (const after of ["", "x", "1", "1:2:3", "1:x", "-1:1", "1e9:1", "1:1.5", "99999999999999999999:1"]) {
      await expect(store.listActions({ limit: 1, after })).rejects.toMatchObject({ status: 400 });
    }
    await expect(store.listEvents({ limit: 1, after: "1:2" })).rejects.toMatchObject({ status: 400 });
  });

  it("an application's own parsers of values change nothing", async () => {
    const getTypeParser = () => () => "something else";
    const store = await createPostgresStore(database.open({ types: { getTypeParser } as never }), {
      schema,
      migrate: true,
    });
    await expect(store.updateUser("alice", { username: "al" }, 0)).resolves.toMatchObject({ username: "al" });
    await expect(store.countAttempt(["k"], 1, 1, 0)).resolves.toEqual({ allowed: true, endsAt: 1 });
    const { user, hasVerified, deviceCount } = await store.gather({
      key: { userId: "alice", action: "pay", idempotencyKey: "k" },
      counters: [],
      needsUser: true,
      needsDeviceCount: true,
      now: 0,
    });
    expect([user?.username, hasVerified, deviceCount]).toEqual(["al", false, 0]);
  });

  it("strict isolation by default makes nobody fail who comes second", async () => {
    const pool = database.open({ options: "-c default_transaction_isolation=serializable" });
    const ledger = await createPostgresLedger(pool, { schema, migrate: true });
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ledger.claim("key", `owner-${index}`, 60_000)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });
});

describe.skipIf(noSqlite)("on SQLite", () => {
  let file: TestFile;

  beforeEach(async () => {
    file = await createFile();
  });
  afterEach(() => file.close());

  it("tables that are missing are told of, and made when asked", () => {
    const database = file.open();
    expect(() => createSqliteLedger(database)).toThrow(
      'run "npx @require-action/cli migrate --store sqlite:FILE", call migrateSqlite',
    );
    migrateSqlite(database);
    expect(createSqliteLedger(database).name).toBe("sqlite");
  });

  it("T7: commits are on the disk when they are told of", () => {
    const database = file.open();
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = OFF");
    createSqliteLedger(database, { migrate: true });
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(database.pragma("busy_timeout", { simple: true })).toBe(5_000);
  });

  it.each([
    ["busyTimeoutMs", { busyTimeoutMs: -1 }],
    ["busyTimeout", { busyTimeout: 1 }],
    ["retention.auditMs", { retention: { auditMs: 0.5 } }],
  ])("a wrong option is refused by name: %s", (option, options: object) => {
    expect(() => createSqliteStore(file.open(), options)).toThrow(expect.objectContaining({ option }));
  });

  it("an SQLite with the WAL-reset bug is warned about, and one that is too old refused", () => {
    const database = file.open();
    const reporting = (version: string): SqliteDatabase => ({
      exec: (sql) => database.exec(sql),
      prepare: (sql) =>
        sql.includes("sqlite_version")
          ? { all: () => [{ version }], run: () => ({ changes: 0 }) }
          : database.prepare(sql),
    });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    for (const version of ["3.53.0", "3.51.3", "3.50.7", "3.44.6"]) {
      createSqliteLedger(reporting(version), { migrate: true });
      expect(warned).not.toHaveBeenCalled();
    }
    for (const version of ["3.51.2", "3.50.6", "3.45.1", "3.44.5"]) {
      createSqliteLedger(reporting(version));
      expect(warned).toHaveBeenCalledOnce();
      warned.mockClear();
    }
    warned.mockRestore();
    expect(() => createSqliteLedger(reporting("3.37.2"))).toThrow("3.38");
  });

  it("T7: its checks warn rather than refuse where they are named", () => {
    const database = file.open();
    const old: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        if (sql.includes("sqlite_version")) return { all: () => [{ version: "3.37.2" }], run: () => ({ changes: 0 }) };
        if (sql.includes("journal_mode"))
          return { all: () => [{ journal_mode: "delete" }], run: () => ({ changes: 0 }) };
        return database.prepare(sql);
      },
    };
    const opening = (checks: SqliteOptions["checks"]) => () =>
      createSqliteLedger(old, { checks: checks!, migrate: true });
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect(opening({})).toThrow(expect.objectContaining({ option: "checks.version" }));
    expect(opening({ version: "warn" })).toThrow(expect.objectContaining({ option: "checks.journal" }));
    warned.mockClear();
    expect(opening({ version: "warn", journal: "warn" })().failedChecks).toEqual(["version", "journal"]);
    const codes = warned.mock.calls.map(([, options]) => (options as unknown as { readonly code: string }).code);
    warned.mockRestore();
    expect(codes).toEqual(["RA_SQLITE_WAL_RESET", "RA_SQLITE_VERSION", "RA_SQLITE_JOURNAL"]);
  });

  it("F14: a file that is gone is told of by the kind of its error", async () => {
    const database = file.open();
    const store = createSqliteStore(database, { migrate: true });
    const ledger = createSqliteLedger(database);
    database.exec("DROP TABLE require_action_claims; DROP TABLE require_action_users");
    await expect(ledger.claim("k", "o", 1)).rejects.toThrow(/^ledger_unavailable: sqlite: (?:ERR_)?SQLITE_ERROR$/);
    await expect(store.findUser("alice")).rejects.toThrow(/^provider_unavailable: sqlite: (?:ERR_)?SQLITE_ERROR$/);
  });

  it("T41: text that cannot be told apart is refused as the request's fault", async () => {
    const store = createSqliteStore(file.open(), { migrate: true });
    await expect(store.findUser("a\ud800b")).rejects.toMatchObject({ status: 400 });
  });
});
