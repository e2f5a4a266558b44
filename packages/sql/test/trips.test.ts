import type { Policy } from "@require-action/engine";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHarness, track } from "../../engine/test/harness.ts";
import { createPostgresStore, createSqliteStore, type PostgresPool, type SqliteDatabase } from "../src/index.ts";
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

  it.skipIf(noSqlite)("SQLite: two transactions, of three statements and of two", async () => {
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
    expect(steps.join(" ")).toBe("BEGIN SELECT SELECT INSERT COMMIT BEGIN INSERT INSERT COMMIT");
  });
});
