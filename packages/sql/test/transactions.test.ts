import { setTimeout as pass } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createPostgresLedger,
  createSqliteLedger,
  createSqliteStore,
  type PostgresClient,
  type PostgresLedger,
  type SqliteLedger,
} from "../src/index.ts";
import {
  createFile,
  createSchema,
  noPostgres,
  noSqlite,
  type TestFile,
  type TestSchema,
  PATIENCE_MS,
} from "./databases.ts";

const TTL_MS = 60_000;

describe.skipIf(noSqlite)("F18: a claim within a transaction on SQLite", () => {
  let file: TestFile;
  let database: ReturnType<TestFile["open"]>;
  let ledger: SqliteLedger;

  beforeEach(async () => {
    file = await createFile();
    database = file.open();
    ledger = createSqliteLedger(database, { migrate: true });
    database.exec("CREATE TABLE payments (approval TEXT)");
  });
  afterEach(() => file.close());

  const pay = (owner: string): boolean =>
    database.transaction(() => {
      if (!ledger.within(database).claim("approval", owner, TTL_MS)) return false;
      database.prepare("INSERT INTO payments VALUES ('approval')").run();
      return true;
    })();

  it("stands when the transaction commits", async () => {
    expect(pay("alice")).toBe(true);
    expect(pay("bob")).toBe(false);
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(false);
    expect(database.prepare("SELECT * FROM payments").all()).toHaveLength(1);
  });

  it("never was when the transaction is rolled back", async () => {
    const failing = database.transaction(() => {
      ledger.within(database).claim("approval", "alice", TTL_MS);
      throw new Error("no funds");
    });
    expect(failing).toThrow("no funds");
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(true);
  });

  it("F17: that was committed is not found again, or what was done with it would be done twice", () => {
    expect(pay("alice")).toBe(true);
    expect(pay("alice")).toBe(false);
  });

  it("can be made on another connection of the application's", async () => {
    const own = file.open();
    own.pragma("synchronous = FULL");
    own.exec("BEGIN");
    expect(ledger.within(own).claim("approval", "alice", TTL_MS)).toBe(true);
    own.exec("COMMIT");
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(false);
  });

  it("can be given back there", async () => {
    pay("alice");
    database.transaction(() => ledger.within(database).release("approval", "alice"))();
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(true);
  });

  it("is refused outside of one, where it would stand whatever became of the payment", () => {
    expect(() => ledger.within(database).claim("approval", "alice", TTL_MS)).toThrow("no transaction open");
  });

  it("T7: is refused where a power cut may take it back", () => {
    const careless = file.open();
    careless.pragma("synchronous = NORMAL");
    careless.exec("BEGIN");
    expect(() => ledger.within(careless).claim("approval", "alice", TTL_MS)).toThrow("synchronous = FULL");
  });

  it("T22: is not made by accident: the ledger and the store refuse a transaction that is not their own", async () => {
    const store = createSqliteStore(database);
    database.exec("BEGIN");
    const refused: readonly (() => unknown)[] = [
      () => ledger.claim("approval", "alice", TTL_MS),
      () => store.countAttempt(["alice"], 5, TTL_MS, 0),
      () => store.deleteUser("alice", { type: "user.deleted", at: 0 }),
      () =>
        store.gather({
          key: { userId: "alice", action: "pay", idempotencyKey: "k" },
          counters: [{ key: ["v"], windowMs: TTL_MS, amount: 1n }],
          needsUser: false,
          needsDeviceCount: false,
          now: 0,
        }),
    ];
    for (const call of refused) await expect((async () => call())()).rejects.toThrow("in a transaction");
    database.exec("ROLLBACK");
    await expect(store.countAttempt(["alice"], 5, TTL_MS, 0)).resolves.toMatchObject({ allowed: true });
  });
});

describe.skipIf(noPostgres)("F18: a claim within a transaction on PostgreSQL", () => {
  let database: TestSchema;
  let ledger: PostgresLedger;

  beforeEach(async () => {
    database = createSchema();
    ledger = await createPostgresLedger(database.open({ max: 2 }), {
      schema: database.schema,
      queryTimeoutMs: PATIENCE_MS,
      migrate: true,
    });
  });
  afterEach(() => database.close());

  async function begin() {
    const client = await database.open({ max: 1 }).connect();
    await client.query("BEGIN");
    const end = async (how: "COMMIT" | "ROLLBACK"): Promise<void> => {
      await client.query(how);
      client.release();
    };
    return { client, end };
  }

  it("stands when the transaction commits", async () => {
    const { client, end } = await begin();
    await expect(ledger.within(client).claim("approval", "alice", TTL_MS)).resolves.toBe(true);
    await end("COMMIT");
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(false);
    await expect(ledger.claim("approval", "alice", TTL_MS)).resolves.toBe(true);
  });

  it("F17: that was committed is not found again, or what was done with it would be done twice", async () => {
    const first = await begin();
    await ledger.within(first.client).claim("approval", "alice", TTL_MS);
    await first.end("COMMIT");
    const second = await begin();
    await expect(ledger.within(second.client).claim("approval", "alice", TTL_MS)).resolves.toBe(false);
    await second.end("ROLLBACK");
  });

  it("never was when the transaction is rolled back", async () => {
    const { client, end } = await begin();
    await ledger.within(client).claim("approval", "alice", TTL_MS);
    await end("ROLLBACK");
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(true);
  });

  it.each([
    ["COMMIT", false],
    ["ROLLBACK", true],
  ] as const)("makes others wait for %s", async (how, won) => {
    const first = await begin();
    const second = await begin();
    await ledger.within(first.client).claim("approval", "alice", TTL_MS);
    const waiting = ledger.within(second.client).claim("approval", "bob", TTL_MS);
    await expect(Promise.race([waiting, pass(50, "waits")])).resolves.toBe("waits");
    await first.end(how);
    await expect(waiting).resolves.toBe(won);
    await second.end("COMMIT");
  });

  it("can be given back there", async () => {
    await ledger.claim("approval", "alice", TTL_MS);
    const { client, end } = await begin();
    await ledger.within(client).release("approval", "alice");
    await end("COMMIT");
    await expect(ledger.claim("approval", "bob", TTL_MS)).resolves.toBe(true);
  });

  it("is refused outside of one, where it would stand whatever became of the payment", async () => {
    const pool = database.open({ max: 1 });
    const client = await pool.connect();
    await expect(ledger.within(client).claim("approval", "alice", TTL_MS)).rejects.toThrow("no transaction open");
    // A client that does not tell is found out.
    const silent: PostgresClient = { query: (query) => client.query(query) };
    await expect(ledger.within(silent).claim("approval", "alice", TTL_MS)).rejects.toThrow("no transaction open");
    await client.query("BEGIN");
    await expect(ledger.within(silent).claim("approval", "alice", TTL_MS)).resolves.toBe(true);
    await client.query("COMMIT");
    client.release();
  });

  it("tells a transaction that has to be repeated of it, by the database's own error", async () => {
    const [first, second] = [await begin(), await begin()];
    await second.client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await second.client.query("SELECT 1");
    await ledger.within(first.client).claim("approval", "alice", TTL_MS);
    await first.end("COMMIT");
    await expect(ledger.within(second.client).claim("approval", "bob", TTL_MS)).rejects.toMatchObject({
      code: "ledger_unavailable",
      cause: { code: "40001" },
    });
    await second.end("ROLLBACK");
  });

  it("leaves no more than its kind of an error behind", async () => {
    const { client, end } = await begin();
    await client.query("SELECT * FROM missing").catch(() => {});
    const failure = ledger.within(client).claim("approval", "alice", TTL_MS);
    await expect(failure).rejects.toMatchObject({ code: "configuration_invalid" });
    await end("ROLLBACK");
  });
});
