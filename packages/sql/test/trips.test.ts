import type { Policy } from "@require-action/engine";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHarness, track } from "../../engine/test/harness.ts";
import {
  createPostgresLedger,
  createPostgresStore,
  createSqliteStore,
  type PostgresPool,
  type SqliteDatabase,
} from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";

/** A decision that needs everything a decision can: counters, the user, the device and how many there are. */
const policy: Policy = {
  actions: {
    pay: {
      defaultOutcome: "ALLOW",
      rules: [
        {
          ruleId: "r",
          name: "Rule",
          priority: 1,
          type: "BLOCK",
          conditions: {
            and: [
              { ">": [{ var: "velocity.count" }, 9] },
              { ">": [{ var: "velocity.sum" }, 9] },
              { "==": [{ var: "user.email" }, "m@b.example"] },
              { "==": [{ var: "device.isNew" }, true] },
              { ">": [{ var: "device.count" }, 9] },
            ],
          },
        },
      ],
    },
  },
  dataPoints: [{ name: "amount", type: "decimal" }],
  counters: [
    { name: "count", kind: "count", by: "user", window: "24h", actions: ["pay"] },
    { name: "sum", kind: "sum", by: "device", field: "amount", window: "1h", actions: ["pay"] },
  ],
};
const attributes = { custom: { amount: "1.50" }, deviceId: "d", email: "a@b.example", ipAddress: "192.0.2.1" };

describe("what a decision costs", () => {
  it.skipIf(noPostgres)("PostgreSQL: two statements, each one round trip", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    let queries = 0;
    const counting: PostgresPool = {
      connect: () => pool.connect(),
      query(query) {
        queries++;
        return pool.query(query);
      },
    };
    const store = await createPostgresStore(counting, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    // Webhooks add nothing: a decision is none of their news.
    const { engine } = createHarness({ store, policy, outbox: true, beforeApproval: () => true });
    for (let times = 0; times < 3; times++) {
      queries = 0;
      await expect(track(engine, "alice", "pay", attributes)).resolves.toMatchObject({ state: "ALLOW" });
      expect(queries).toBe(2);
    }
  });

  it.skipIf(noPostgres)("PostgreSQL: one more where the pool does not say how many rows were written", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    const texts: string[] = [];
    const silent: PostgresPool = {
      connect: () => pool.connect(),
      async query(query) {
        texts.push(query.text.trim().split(/\s/)[0]!);
        const { rows } = await pool.query(query);
        return { rows };
      },
    };
    const store = await createPostgresStore(silent, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    const { engine } = createHarness({ store, policy });
    const ledger = await createPostgresLedger(silent, { schema, queryTimeoutMs: PATIENCE_MS });
    texts.length = 0;
    const { email: _, ...withoutUser } = attributes;
    await expect(track(engine, "alice", "pay", withoutUser)).resolves.toMatchObject({ state: "ALLOW" });
    expect(await ledger.claim("key", "alice", PATIENCE_MS, Date.now())).toBe(true);
    expect(texts).toEqual(["WITH", "INSERT", "INSERT", "INSERT", "INSERT"]);
    expect(await ledger.claim("key", "bob", PATIENCE_MS, Date.now())).toBe(false);
  });

  it.skipIf(noSqlite)("SQLite: two transactions, with two statements for each counter", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    const steps: string[] = [];
    const word = (sql: string): string =>
      sql
        .replace(/^WITH applied AS \(SELECT 1\) /, "")
        .trim()
        .split(/\s/)[0]!;
    const counting: SqliteDatabase = {
      get inTransaction() {
        return database.inTransaction;
      },
      exec(sql) {
        steps.push(word(sql));
        return database.exec(sql);
      },
      prepare(sql) {
        const statement = database.prepare(sql);
        return {
          all(parameters) {
            steps.push(word(sql));
            return statement.all(parameters);
          },
          run(parameters) {
            steps.push(word(sql));
            return statement.run(parameters);
          },
        };
      },
    };
    const { engine } = createHarness({ store: createSqliteStore(counting, { migrate: true }), policy });
    steps.length = 0;
    await track(engine, "alice", "pay", attributes);
    expect(steps.join(" ")).toBe("BEGIN SELECT SELECT INSERT SELECT INSERT COMMIT BEGIN INSERT INSERT COMMIT");
  });
});
