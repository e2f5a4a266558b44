import { RequireActionError } from "@require-action/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresLedger, createSqliteLedger, type PostgresClient } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite } from "./databases.ts";

const TTL_MS = 60_000;

describe.skipIf(noSqlite)("a ledger on SQLite", () => {
  async function create() {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    return { database, ledger: createSqliteLedger(database, { migrate: true }) };
  }

  it("says its name, and that a claim in a transaction needs no waiting", async () => {
    const { database, ledger } = await create();
    expect(ledger.name).toBe("sqlite");
    expect(ledger.within(database)).toMatchObject({ name: "sqlite", synchronous: true });
  });

  it("names the factory of a wrong option, and of a file that is not set up", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const declaration = "createSqliteLedger";
    const wrong = () => createSqliteLedger(open(), { clocks: 1 } as never);
    expect(wrong).toThrow(expect.objectContaining({ option: "clocks", declaration }));
    expect(() => createSqliteLedger(open())).toThrow(expect.objectContaining({ option: "migrate", declaration }));
  });

  it.each([0, -1, Number.NaN])("refuses a claim of %d milliseconds", async (ttlMs) => {
    const { ledger } = await create();
    await expect(ledger.claim("key", "alice", ttlMs)).rejects.toThrow(new RangeError("a claim must last"));
  });

  it("is unavailable once its database is closed, and names no more than the kind of the error", async () => {
    const { database, ledger } = await create();
    database.close();
    // As better-sqlite3 and node:sqlite have it.
    const failure = expect.objectContaining({
      code: "ledger_unavailable",
      detail: expect.stringMatching(/^sqlite: (?:TypeError|ERR_INVALID_STATE)$/),
    });
    await expect(ledger.claim("key", "alice", TTL_MS)).rejects.toThrow(failure);
    await expect(ledger.release("key", "alice")).rejects.toThrow(failure);
    expect(() => createSqliteLedger(database)).toThrow(failure);
  });

  it("names the option that a connection without a transaction, or a careless one, belongs to", async () => {
    const { database, ledger } = await create();
    const claim = () => ledger.within(database).claim("key", "alice", TTL_MS);
    expect(claim).toThrow(expect.objectContaining({ option: "database" }));
    database.pragma("synchronous = NORMAL");
    database.exec("BEGIN");
    expect(claim).toThrow(expect.objectContaining({ option: "database" }));
  });
});

describe.skipIf(noPostgres)("a ledger on PostgreSQL", () => {
  async function create() {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 2 });
    return { pool, schema, ledger: await createPostgresLedger(pool, { schema, migrate: true }) };
  }

  async function begin({ pool }: Pick<Awaited<ReturnType<typeof create>>, "pool">) {
    const client = await pool.connect();
    onTestFinished(() => client.release());
    await client.query("BEGIN");
    return client;
  }

  it("says its name, in a transaction too", async () => {
    const created = await create();
    expect([created.ledger.name, created.ledger.within(await begin(created)).name]).toEqual(["postgres", "postgres"]);
  });

  it("names the factory of a wrong option, and of a database that is not set up", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const declaration = "createPostgresLedger";
    const wrong = createPostgresLedger(open(), { schemas: 1 } as never);
    await expect(wrong).rejects.toMatchObject({ option: "schemas", declaration });
    await expect(createPostgresLedger(open(), { schema })).rejects.toMatchObject({ option: "migrate", declaration });
  });

  it("leaves no savepoint in a transaction whose client does not say that it is open", async () => {
    const created = await create();
    const client = await begin(created);
    const silent: PostgresClient = { query: (query) => client.query(query) };
    await expect(created.ledger.within(silent).claim("key", "alice", TTL_MS)).resolves.toBe(true);
    await expect(client.query("ROLLBACK TO SAVEPOINT require_action")).rejects.toMatchObject({ code: "3B001" });
  });

  it("is unavailable once its pool has ended, and names no more than the kind of the error", async () => {
    const { pool, schema, ledger } = await create();
    await pool.end();
    const failure = new RequireActionError("ledger_unavailable", { detail: "postgres: Error" });
    await expect(ledger.claim("key", "alice", TTL_MS)).rejects.toThrow(failure);
    await expect(ledger.release("key", "alice")).rejects.toThrow(failure);
    await expect(createPostgresLedger(pool, { schema })).rejects.toThrow(failure);
  });

  it("F18: refuses a claim behind a statement that fails, before the client has heard of that", async () => {
    const created = await create();
    const client = await begin(created);
    const failing = client.query("SELECT * FROM missing").catch(() => {});
    await expect(created.ledger.within(client).claim("key", "alice", TTL_MS)).rejects.toMatchObject({
      option: "client",
      message: expect.stringContaining("has no transaction open that can go on: BEGIN before claiming"),
    });
    await failing;
  });

  it("reports why a claim in a transaction failed, with the database's own error as the cause", async () => {
    const created = await create();
    const [first, second] = [await begin(created), await begin(created)];
    await second.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await second.query("SELECT 1");
    await created.ledger.within(first).claim("key", "alice", TTL_MS);
    await first.query("COMMIT");
    const claim = created.ledger.within(second).claim("key", "bob", TTL_MS);
    await expect(claim).rejects.toThrow("ledger_unavailable: postgres: 40001");
    await expect(claim).rejects.toMatchObject({ cause: { code: "40001" } });
  });
});
