import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresStore, createSqliteStore, migratePostgres, migrateSqlite } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite } from "./databases.ts";

const action = {
  userId: "alice",
  action: "pay",
  idempotencyKey: "k",
  actionId: "id",
  attributes: {},
  outcome: "CHALLENGE",
  state: "CHALLENGE_REQUIRED",
  createdAt: 1,
  stateUpdatedAt: 1,
  rules: [],
  policyVersion: "1",
} as const;
const event = { type: "action.tracked", at: 1 } as const;

// A version to come, as migrations make it: a column more, and a number that this code does not know.
const newer = (actions: string, migrations: string): readonly string[] => [
  `ALTER TABLE ${actions} ADD COLUMN added_later integer`,
  `INSERT INTO ${migrations} (version) VALUES (999)`,
];

describe("F29: old and new side by side", () => {
  it.skipIf(noSqlite)(
    "on SQLite: a process of this version goes on when a newer one has migrated, and starts",
    async () => {
      const { open, close } = await createFile();
      onTestFinished(close);
      const database = open();
      const store = createSqliteStore(database, { migrate: true });
      await store.record(action, undefined, event);
      for (const statement of newer("require_action_actions", "require_action_migrations")) database.exec(statement);
      await expect(store.findAction(action)).resolves.toEqual(action);
      await expect(createSqliteStore(open(), { migrate: true }).findAction(action)).resolves.toEqual(action);
    },
  );

  it.skipIf(noPostgres)("on PostgreSQL, with statements prepared before", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open({ max: 1 });
    const store = await createPostgresStore(pool, { schema, migrate: true });
    await store.record(action, undefined, event);
    await store.findAction(action);
    for (const statement of newer(`"${schema}".actions`, `"${schema}".migrations`)) await pool.query(statement);
    await expect(store.findAction(action)).resolves.toEqual(action);
    const moved = await store.transition({ key: action, from: "CHALLENGE_REQUIRED", to: "BLOCK", at: 2 }, event);
    expect(moved?.state).toBe("BLOCK");
    const another = await createPostgresStore(open(), { schema, migrate: true });
    await expect(another.findAction(action)).resolves.toMatchObject({ state: "BLOCK" });
  });
});

describe("migrations", () => {
  it.skipIf(noSqlite)("are made once on SQLite", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    for (let times = 0; times < 3; times++) migrateSqlite(database);
    expect(database.prepare("SELECT count(*) FROM require_action_migrations").pluck().get()).toBe(1);
  });

  it.skipIf(noPostgres)("are made once on PostgreSQL, however many start at once", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    // The connections have looked before, and found nothing.
    await Promise.all(Array.from({ length: 10 }, () => pool.query("SELECT to_regclass($1)", [`${schema}.migrations`])));
    await Promise.all(Array.from({ length: 10 }, () => migratePostgres(pool, { schema })));
    const { rows } = await pool.query(`SELECT version FROM "${schema}".migrations`);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it.skipIf(noPostgres)("leave nothing behind when one fails on PostgreSQL", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    await pool.query(`CREATE SCHEMA "${schema}"`);
    await pool.query(`CREATE TABLE "${schema}".claims (in_the_way integer)`);
    await expect(migratePostgres(pool, { schema })).rejects.toThrow("42P07");
    const { rows } = await pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = $1", [
      schema,
    ]);
    expect(rows).toEqual([{ table_name: "claims" }]);
  });
});
