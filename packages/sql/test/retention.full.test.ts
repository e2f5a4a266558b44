import { createManualClock } from "@require-action/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresLedger, createPostgresStore, createSqliteLedger, createSqliteStore } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, type TestFile, PATIENCE_MS } from "./databases.ts";

const NOW = Date.UTC(2026, 0, 15, 12);
const DAY = 24 * 60 * 60_000;
const OLD = 1_000;
const retention = { actionsMs: 40 * DAY, auditMs: 50 * DAY };

/** One table with rows that have ended, and the verb that makes it grow. */
interface Growing {
  readonly table: string;
  readonly verb: (
    store: Awaited<ReturnType<typeof createPostgresStore>>,
    index: number,
    at: number,
  ) => Promise<unknown>;
  /** How long after its time a row may go. */
  readonly keptMs: number;
}

const growing: readonly Growing[] = [
  {
    table: "challenges",
    verb: (store, index, at) =>
      store.putChallenge(
        {
          challengeId: "c",
          userId: "alice",
          actionId: `a${index}`,
          userAuthenticatorId: "1",
          verificationMethod: "EMAIL_OTP",
          expected: "hash",
          createdAt: at,
          expiresAt: at,
        },
        { type: "challenge.sent", at },
      ),
    keptMs: 60 * 60_000,
  },
  {
    table: "sessions",
    verb: (store, index, at) =>
      store.putSession(
        {
          sessionId: `s${index}`,
          userId: "alice",
          actionId: `a${index}`,
          clientId: "web",
          verificationMethod: "PASSKEY",
          generation: 1,
          createdAt: at,
          expiresAt: at,
        },
        { type: "session.created", at },
      ),
    keptMs: 60 * 60_000,
  },
  {
    table: "outbox",
    verb: async (store, index, at) => {
      const news = { type: "authenticator.deleted", createdAt: at, dueAt: at, expiresAt: at, attempts: 0, data: {} };
      await store.deleteUser("alice", { type: "user.deleted", at }, [{ eventId: `e${index}`, ...news }]);
      await store.takeOutbox(at, at, 1);
    },
    keptMs: 60 * 60_000,
  },
  {
    table: "attempts",
    verb: (store, index, at) => store.countAttempt([`k${index}`], 5, 1, at),
    keptMs: 60 * 60_000 + 1,
  },
  {
    table: "velocity",
    verb: async (store, index, now) =>
      store.gather({
        key: { userId: "alice", action: "pay", idempotencyKey: "k" },
        counters: [{ key: [`k${index}`], windowMs: 1_000, amount: 1n }],
        needsUser: false,
        needsDeviceCount: false,
        now,
      }),
    keptMs: 60 * 60_000 + 3_000,
  },
  {
    table: "actions",
    verb: async (store, index, createdAt) =>
      store.record(
        {
          userId: "alice",
          action: "pay",
          idempotencyKey: `k${index}`,
          actionId: `id-${index}`,
          attributes: {},
          outcome: "ALLOW",
          state: "ALLOW",
          createdAt,
          stateUpdatedAt: createdAt,
          rules: [],
          policyVersion: "1",
        },
        undefined,
        { type: "action.tracked", at: createdAt },
      ),
    keptMs: 40 * DAY,
  },
  {
    table: "audit",
    verb: (store, _, at) => store.appendEvent({ type: "action.tracked", at }),
    keptMs: 50 * DAY,
  },
];

/** Nothing crashes here, so that no write needs to wait for the disk. */
function openUnsynced(open: TestFile["open"]): ReturnType<TestFile["open"]> {
  const database = open();
  database.pragma("synchronous = OFF");
  return database;
}

describe.skipIf(noSqlite)("on SQLite", () => {
  it.each(growing)("F26: $table lose what has ended while they are written to, and nothing else", async (one) => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = openUnsynced(open);
    const store = createSqliteStore(database, { migrate: true, retention });
    const count = () => database.prepare(`SELECT count(*) FROM require_action_${one.table}`).pluck().get();
    for (let index = 0; index < OLD; index++) await one.verb(store, index, NOW);
    const until = NOW + one.keptMs;
    for (let index = 0; index < OLD; index++) await one.verb(store, OLD + index, until - 1);
    expect(count()).toBe(2 * OLD);
    for (let index = 0; index < OLD; index++) await one.verb(store, 2 * OLD + index, until + 1_000);
    expect(count()).toBeLessThan(2 * OLD + 100);
  });

  it("F26: claims go, those in transactions of the application's too", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = openUnsynced(open);
    const clock = createManualClock();
    const ledger = createSqliteLedger(database, { migrate: true, clock });
    const count = () => database.prepare("SELECT count(*) FROM require_action_claims").pluck().get();
    for (let index = 0; index < OLD; index++) await ledger.claim(`k${index}`, "o", 1_000);
    clock.advance(999);
    for (let index = 0; index < 100; index++) await ledger.claim("live", "o", 1_000);
    expect(count()).toBe(OLD + 1);
    clock.advance(1);
    const claim = database.transaction((key: string) => ledger.within(database).claim(key, "o", 1_000));
    for (let index = 0; index < OLD; index++) claim(`m${index}`);
    expect(count()).toBeLessThan(OLD + 100);
    await expect(ledger.claim("live", "p", 1_000)).resolves.toBe(false);
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  it.each(growing)("F26: $table lose what has ended while they are written to, and nothing else", async (one) => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 4 });
    const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true, retention });
    const count = async () => Number((await pool.query(`SELECT count(*) FROM "${schema}".${one.table}`)).rows[0].count);
    const some = 400;
    const write = async (from: number, at: number) => {
      for (let index = 0; index < some; index += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, add) => one.verb(store, from + index + add, at)));
      }
    };
    await write(0, NOW);
    const until = NOW + one.keptMs;
    await write(some, until - 1);
    expect(await count()).toBe(2 * some);
    await write(2 * some, until + 1_000);
    await expect.poll(count).toBeLessThan(2 * some + 150);
  });

  it("F26: claims go", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 4 });
    const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    const count = async () => Number((await pool.query(`SELECT count(*) FROM "${schema}".claims`)).rows[0].count);
    const claim = (name: string, ttlMs: number) =>
      Promise.all(Array.from({ length: 200 }, (_, index) => ledger.claim(`${name}${index}`, "o", ttlMs)));
    await claim("ends", 1);
    await claim("lasts", 60_000);
    await claim("more", 60_000);
    await expect.poll(count).toBeLessThan(500);
    expect(await count()).toBeGreaterThanOrEqual(400);
  });
});
