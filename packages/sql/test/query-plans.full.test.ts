import { describe, expect, it, onTestFinished } from "vitest";
import {
  createPostgresInboxStore,
  createPostgresLedger,
  createPostgresStore,
  createSqliteInboxStore,
  createSqliteLedger,
  createSqliteStore,
  type PostgresPool,
} from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";
import { useEverything, useInbox } from "./use-everything.ts";

const MONTHS = 62 * 24 * 60 * 60_000;
const retention = { actionsMs: MONTHS, auditMs: MONTHS };
/** Enough for a plan that reads a whole table to be the dearer one. */
const ROWS = 20_000;

/** Rows as they would be, of as many users, of a few actions. */
const rows = {
  actions: `jsonb_build_object('userId', 'u' || n, 'action', 'a' || n % 7, 'idempotencyKey', 'k' || n, 'actionId', n::text,
    'state', (ARRAY['REVIEW_REQUIRED', 'REVIEW_SUCCEEDED', 'REVIEW_FAILED', 'BLOCK', 'ALLOW'])[least(5, 1 + n % 50)],
    'createdAt', n, 'stateUpdatedAt', n, 'review', jsonb_build_object('expiresAt', n + 10))`,
  users: "jsonb_build_object('userId', 'u' || n, 'email', 'e' || n, 'phoneNumber', '+' || n, 'username', 'n' || n)",
  devices: "jsonb_build_object('userId', 'u' || n, 'deviceId', 'd' || n, 'authenticatedAt', n)",
  authenticators: `jsonb_build_object('userId', 'u' || n, 'userAuthenticatorId', 'a' || n, 'verificationMethod', 'M',
    'version', 0, 'createdAt', n, 'verifiedAt', n, 'credential', jsonb_build_object('credentialId', 'c' || n))`,
  challenges:
    "jsonb_build_object('userId', 'u' || n, 'actionId', 'a' || n, 'userAuthenticatorId', 'u', 'challengeId', 'c', 'expiresAt', n)",
  sessions:
    "jsonb_build_object('sessionId', 'r' || n, 'userId', 'u' || n, 'actionId', 'r' || n, 'generation', 1, 'expiresAt', n)",
  inbox: `jsonb_build_object('id', 'r' || n, 'idempotencyKey', 'r' || n, 'user', 'u' || n, 'slot', 0, 'question', 'r' || n,
    'version', 1, 'expiresAt', n)`,
  audit: "jsonb_build_object('userId', 'u' || n, 'actionId', 'a' || n, 'at', n)",
};
const others = {
  attempts: "(key, count, expires_at) SELECT n::text, 1, n",
  velocity: "(key, parts, oldest_part, expires_at) SELECT n::text, '{}', 0, n",
  outbox: "(event_id, document, due_at, expires_at, attempts) SELECT 'e' || n, '{}', n, n, 0",
  receipts: "(entry_id, entry, position, previous) SELECT 'other:' || n, '{}', n + 10, 'h'",
  claims: "(key, owner, expires_at) SELECT n::text, 'o', n",
};

/** Has a row for each reviewer, whom an administrator sees all of, for each failover, or for what came in the last second or two. */
const isSmall = (step: string): boolean =>
  /(?:SCAN require_action_|Seq Scan on )(?:reviewers|timelines|waiting_receipts)\b/.test(step);

/** A condition that most rows meet. */
const isOfMost = /^(?:tells_event|state = \$state$)/;

/** Along an index that holds nothing but what is asked for, as far as the page or the count goes. */
const isAlongOwn =
  / USING (?:COVERING )?INDEX require_action_(?:actions_(?:code_)?(?:approved|rejected)|receipts_(?:waiting|position))$/;

/** A connection that notes what is prepared. */
function watch(database: ReturnType<Awaited<ReturnType<typeof createFile>>["open"]>) {
  const texts = new Set<string>();
  const spy = {
    prepare(text: string) {
      texts.add(text);
      return database.prepare(text);
    },
    exec: (text: string) => database.exec(text),
    get inTransaction() {
      return database.inTransaction;
    },
  };
  return { texts, spy };
}

describe("no statement reads through a table that grows", () => {
  it.skipIf(noSqlite)("on SQLite", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    const { texts, spy } = watch(database);
    const store = createSqliteStore(spy, { migrate: true, retention });
    const ledger = createSqliteLedger(spy);
    texts.clear();
    await useEverything(store, ledger);
    await useInbox(createSqliteInboxStore(spy));

    expect(texts.size).toBeGreaterThan(80);
    for (const text of texts) {
      const parameters = Object.fromEntries([...text.matchAll(/\$(\w+)/g)].map(([, name]) => [name, null]));
      const plan = (
        database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(parameters) as { readonly detail: string }[]
      ).map(({ detail }) => detail);
      // The first page of a list without a filter walks along its order, as far as the page goes; so does one of the actions that
      // were allowed, which is most of them, and one of the events that actions tell.
      const isFirstPage =
        text.endsWith("LIMIT $limit") && [...text.matchAll(/WHERE (.*)/g)].every(([, where]) => isOfMost.test(where!));
      const scans = plan.filter(
        (step) => step.startsWith("SCAN require_action_") && !isSmall(step) && !isAlongOwn.test(step),
      );
      const isAlongOrder = scans.every((step) => / USING INDEX \w+$/.test(step));
      if (!isFirstPage || !isAlongOrder) expect(scans, text).toEqual([]);
    }
  });

  it.skipIf(noSqlite)("nor through all of a user's or a code's actions for those under review, on SQLite", async () => {
    const { open, close } = await createFile();
    onTestFinished(close);
    const database = open();
    const { texts, spy } = watch(database);
    const store = createSqliteStore(spy, { migrate: true });
    const plansOf = async (ask: () => Promise<unknown>): Promise<readonly string[]> => {
      texts.clear();
      await ask();
      const plans = [...texts].flatMap((text) => {
        const names = [...text.matchAll(/\$(\w+)/g)].map(([, name]) => [name, null]);
        return database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(Object.fromEntries(names)) as { detail: string }[];
      });
      return plans.map(({ detail }) => detail).filter((step) => step.includes(" require_action_actions "));
    };
    for (const [name, scope] of [
      ["user", { userId: "u" }],
      ["code", { codes: ["a"] }],
    ] as const) {
      const isOwn = new RegExp(`^SEARCH .* INDEX require_action_actions_${name}_(?:review_ends|approved|rejected) `);
      for (const status of ["open", "approved", "rejected", "expired"] as const) {
        const plans = await plansOf(() => store.listReviews({ status, now: 1, limit: 5, ...scope }));
        expect(plans).toEqual([expect.stringMatching(isOwn)]);
      }
      const counts = await plansOf(() => store.countReviews({ now: 1, ...scope }, 5));
      expect(counts.filter((step) => !isOwn.test(step))).toEqual([]);
      expect(counts).toHaveLength(4);
    }
    expect(await plansOf(() => store.listActions({ userId: "u", state: "BLOCK", limit: 5 }))).toEqual([
      expect.stringContaining("require_action_actions_user_state (user_id=? AND state=?)"),
    ]);
    expect(await plansOf(() => store.listActions({ codes: ["a"], limit: 5 }))).toEqual([
      expect.stringContaining("require_action_actions_code (code=?)"),
    ]);
  });

  it.skipIf(noPostgres)(
    "on PostgreSQL",
    async () => {
      const { schema, open, close } = createSchema();
      onTestFinished(close);
      const pool = open();
      const texts = new Set<string>();
      const spy: PostgresPool = {
        connect: () => pool.connect(),
        query(query) {
          if (query.name !== undefined) texts.add(query.text);
          return pool.query(query);
        },
      };
      const store = await createPostgresStore(spy, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true, retention });
      await useEverything(store, await createPostgresLedger(spy, { schema, queryTimeoutMs: PATIENCE_MS }));
      await useInbox(await createPostgresInboxStore(spy, { schema, queryTimeoutMs: PATIENCE_MS }));
      for (const [table, document] of Object.entries(rows)) {
        const columns = table === "authenticators" ? "(document, enrolled_first)" : "(document)";
        const values = table === "authenticators" ? `${document}, false` : document;
        await pool.query(
          `INSERT INTO "${schema}".${table} ${columns} SELECT ${values} FROM generate_series(1, ${ROWS}) AS n`,
        );
      }
      for (const [table, select] of Object.entries(others)) {
        await pool.query(`INSERT INTO "${schema}".${table} ${select} FROM generate_series(1, ${ROWS}) AS n`);
      }

      expect(texts.size).toBeGreaterThan(80);
      const client = await pool.connect();
      await client.query("SET plan_cache_mode = force_generic_plan");
      for (const table of [...Object.keys(rows), ...Object.keys(others)])
        await client.query(`ANALYZE "${schema}".${table}`);
      for (const text of texts) {
        const count = new Set(text.match(/\$\d+/g)).size;
        const nulls = count === 0 ? "" : `(${Array.from({ length: count }, () => "NULL").join(", ")})`;
        await client.query(`PREPARE explained AS ${text}`);
        const plan = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE explained${nulls}`);
        await client.query("DEALLOCATE explained");
        const steps = plan.rows.map((row) => row["QUERY PLAN"]);
        expect(
          steps.filter((step) => step.includes("Seq Scan on") && !isSmall(step)),
          `${text}\n${steps.join("\n")}`,
        ).toEqual([]);
        // An index that is walked without a condition is read through as well; lists do so, as far as their page goes.
        const walks = steps.filter(
          (step, index) => /Index (?:Only )?Scan/.test(step) && !steps[index + 1]?.includes("Index Cond"),
        );
        if (text.startsWith("DELETE")) expect(walks, `${text}\n${steps.join("\n")}`).toEqual([]);
      }
      client.release();
    },
    60_000,
  );
});
