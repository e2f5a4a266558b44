import type { Store } from "@require-action/engine";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresStore, createSqliteStore, migratePostgres, migrateSqlite } from "../src/index.ts";
import type { Dialect } from "../src/database/dialect.ts";
import {
  challengesByUser,
  forgottenApprovals,
  migrationsTable,
  statementsSince,
} from "../src/migrations/migrations.ts";
import { initial } from "../src/migrations/initial.ts";
import { postgresDialect } from "../src/postgres/postgres-driver.ts";
import { sqliteDialect } from "../src/sqlite/sqlite-driver.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";

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
    const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    await store.record(action, undefined, event);
    await store.findAction(action);
    for (const statement of newer(`"${schema}".actions`, `"${schema}".migrations`)) await pool.query(statement);
    await expect(store.findAction(action)).resolves.toEqual(action);
    const moved = await store.transition({ key: action, from: "CHALLENGE_REQUIRED", to: "BLOCK", at: 2 }, event);
    expect(moved?.state).toBe("BLOCK");
    const another = await createPostgresStore(open(), { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    await expect(another.findAction(action)).resolves.toMatchObject({ state: "BLOCK" });
  });
});

/** The version before actions told their events. */
const VERSION = 3;

/** Makes the tables of that version, with an action and its event; what a process of that version sends. */
function versionBefore(dialect: Dialect) {
  const [actions, audit] = [dialect.table("actions"), dialect.table("audit")];
  const insert = (document: string): string => `INSERT INTO ${actions} AS known (document) VALUES (${document})
    ON CONFLICT (user_id, code, idempotency_key) DO UPDATE SET document = known.document
    RETURNING action_id, state, created_at`;
  const tables = [
    migrationsTable(dialect),
    ...[initial, forgottenApprovals, challengesByUser].flatMap((migration) => migration(dialect)),
    `INSERT INTO ${dialect.table("migrations")} (version) VALUES (1), (2), (${VERSION})`,
  ];
  const trace = (document: string): string => `INSERT INTO ${audit} (document) VALUES (${document})`;
  const move = (patch: string): string =>
    `UPDATE ${actions} SET document = ${dialect.patched("document", patch)} WHERE idempotency_key = 'old' RETURNING state`;
  return { tables, insert, trace, move };
}

const oldAction = { ...action, idempotencyKey: "old", actionId: "id-old" };
const ofOldAction = { type: "action.tracked", at: 1, actionId: "id-old" } as const;
const told = {
  type: "action.tracked",
  at: 2,
  userId: "alice",
  action: "pay",
  actionId: "id-new",
  outcome: "CHALLENGE",
  state: "CHALLENGE_REQUIRED",
  policyVersion: "1",
} as const;
const newAction = { ...action, idempotencyKey: "new", actionId: "id-new", createdAt: 2 };
const patch = { touched: { state: null }, set: { state: "CHALLENGE_FAILED" } };

/** What a store of today finds of an action from before, and a process of then of one of today. */
async function expectBoth(store: Store): Promise<void> {
  await store.record(newAction, undefined, told);
  expect(await store.findAction(oldAction)).toEqual(oldAction);
  expect((await store.listEvents({ limit: 10 })).items).toEqual([told, ofOldAction]);
  expect((await store.listEvents({ limit: 10, actionId: "id-old" })).items).toEqual([ofOldAction]);
  expect((await store.listActions({ limit: 10, state: "CHALLENGE_REQUIRED" })).items).toEqual([newAction, oldAction]);
  // What is recorded again stays as it is.
  expect(await store.record({ ...oldAction, actionId: "another" }, undefined, told)).toEqual(oldAction);
}

describe("F29: tables of the version before actions told their events", () => {
  it.skipIf(noSqlite)("are brought up to date on SQLite, beside a process of that version", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const [before, database] = [open(), open()];
    const { tables, insert, trace, move } = versionBefore(sqliteDialect);
    for (const statement of tables) before.exec(statement);
    const write = before.prepare(insert("?"));
    write.all(JSON.stringify(oldAction));
    before.prepare(trace("?")).run(JSON.stringify(ofOldAction));
    expect(() => createSqliteStore(database)).toThrow("the tables in this file are missing or old");
    await expectBoth(createSqliteStore(database, { migrate: true }));
    expect(write.all(JSON.stringify({ ...newAction, actionId: "another" }))).toEqual([
      { action_id: "id-new", state: "CHALLENGE_REQUIRED", created_at: 2 },
    ]);
    expect(before.prepare(move("$patch")).all({ patch: JSON.stringify(patch) })).toEqual([
      { state: "CHALLENGE_FAILED" },
    ]);
  });

  it.skipIf(noPostgres)("are brought up to date on PostgreSQL, beside a process of that version", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const [before, pool] = [open({ max: 1 }), open()];
    const { tables, insert, trace, move } = versionBefore(postgresDialect(schema));
    await before.query(`CREATE SCHEMA "${schema}"`);
    for (const statement of tables) await before.query(statement);
    const write = (written: object) =>
      before.query({ name: "write", text: insert("$1::jsonb"), values: [JSON.stringify(written)] });
    await write(oldAction);
    await before.query(trace("$1::jsonb"), [JSON.stringify(ofOldAction)]);
    await expect(createPostgresStore(pool, { schema })).rejects.toMatchObject({ option: "migrate" });
    await expectBoth(await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true }));
    const found = { action_id: "id-new", state: "CHALLENGE_REQUIRED", created_at: 2 };
    expect((await write({ ...newAction, actionId: "another" })).rows).toEqual([found]);
    const later = { ...oldAction, idempotencyKey: "later", actionId: "id-later", createdAt: 3 };
    expect((await write(later)).rows).toEqual([{ ...found, action_id: "id-later", created_at: 3 }]);
    const moved = await before.query(move("$1::jsonb"), [JSON.stringify(patch)]);
    expect(moved.rows).toEqual([{ state: "CHALLENGE_FAILED" }]);
  });
});

/** The version before receipts waited in a table of their own. */
const OWN_TABLE = 15;

/** Makes the tables of that version, with a receipt that waits; how a process of that version keeps one. */
function versionBeforeOwnTable(dialect: Dialect) {
  const receipts = dialect.table("receipts");
  const [all, since] = [statementsSince(0, dialect), statementsSince(OWN_TABLE, dialect)];
  const put = (id: string): string => `INSERT INTO ${receipts} (entry_id, entry) SELECT '${id}', '{}' WHERE true
    ON CONFLICT (entry_id) DO NOTHING RETURNING entry_id`;
  return { tables: [migrationsTable(dialect), ...all.slice(0, -since.length), put("earlier")], put };
}

/** What both versions keep is chained in the order in which it came, and one of an id. */
async function expectOneChain(store: Store, putBefore: (id: string) => unknown): Promise<void> {
  await store.putReceipts([{ entryId: "new", entry: "{}" }]);
  await putBefore("beside");
  await putBefore("new");
  await store.putReceipts([{ entryId: "earlier", entry: "[]" }]);
  const lines = [
    { entryId: "earlier", entry: "{}" },
    ...["new", "beside"].map((entryId) => ({ entryId, entry: "{}" })),
  ];
  expect((await store.listWaitingReceipts(10)).waiting).toEqual(lines);
  expect(await store.findReceipts(["beside", "earlier"])).toHaveLength(2);
  const head = { entryId: "head:1", entry: "{}", signature: "a..b" };
  const chained = [...lines, head].map((one, index) => ({ ...one, position: index + 1, previous: `of ${index}` }));
  expect(await store.chainReceipts(chained)).toBe(true);
  expect(await store.listReceipts({ after: 0, limit: 10 })).toEqual(chained);
  await putBefore("beside");
  expect(await store.listWaitingReceipts(10)).toEqual({ head: chained[3], waiting: [] });
}

describe("F29, T70: tables of the version before receipts waited by themselves", () => {
  it.skipIf(noSqlite)("are brought up to date on SQLite, beside a process of that version", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const [before, database] = [open(), open()];
    const { tables, put } = versionBeforeOwnTable(sqliteDialect);
    for (const statement of tables) before.exec(statement);
    await expectOneChain(createSqliteStore(database, { migrate: true }), (id) => before.prepare(put(id)).all());
  });

  it.skipIf(noPostgres)("are brought up to date on PostgreSQL, beside a process of that version", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const [before, pool] = [open({ max: 1 }), open()];
    const { tables, put } = versionBeforeOwnTable(postgresDialect(schema));
    await before.query(`CREATE SCHEMA "${schema}"`);
    for (const statement of tables) await before.query(statement);
    const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
    await expectOneChain(store, (id) => before.query({ name: `put ${id}`, text: put(id) }));
  });
});

describe("migrations", () => {
  const dialects = [postgresDialect("s"), sqliteDialect];

  it.each(dialects)("F29: take nothing from the version before, on $name", (dialect) => {
    // Columns that a row of the version before cannot fill would refuse it, and so would a column made plain, but for its trigger.
    const adding =
      /^(?:CREATE TABLE|CREATE (?:UNIQUE )?INDEX|DROP INDEX|INSERT INTO|CREATE FUNCTION|CREATE TRIGGER|ALTER TABLE \S+ ADD COLUMN (?!.*NOT NULL)|ALTER TABLE \S+actions (?:ALTER COLUMN \w+ DROP EXPRESSION(?:, )?)+$)/;
    for (const statement of statementsSince(1, dialect)) expect(statement).toMatch(adding);
  });

  const versionsUpTo = (count: number) => Array.from({ length: Math.max(count, 7) }, (_, index) => index + 1);

  it.skipIf(noSqlite)("are made once on SQLite", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    for (let times = 0; times < 3; times++) migrateSqlite(database);
    const rows = database.prepare("SELECT version FROM require_action_migrations").pluck().all();
    expect(rows).toEqual(versionsUpTo(rows.length));
  });

  it.skipIf(noPostgres)("are made once on PostgreSQL, however many start at once", async () => {
    const { schema, open, close } = createSchema();
    onTestFinished(close);
    const pool = open();
    // The connections have looked before, and found nothing.
    await Promise.all(Array.from({ length: 10 }, () => pool.query("SELECT to_regclass($1)", [`${schema}.migrations`])));
    await Promise.all(Array.from({ length: 10 }, () => migratePostgres(pool, { schema })));
    const { rows } = await pool.query<{ version: number }>(`SELECT version FROM "${schema}".migrations ORDER BY 1`);
    expect(rows.map(({ version }) => version)).toEqual(versionsUpTo(rows.length));
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
