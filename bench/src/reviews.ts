import { parseArgs } from "node:util";
import { createEngine, type Store } from "@require-action/engine";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { findPostgres, findSqlite } from "./stores/services.ts";
import { median } from "./median.ts";

// What the console asks a store for its pages of reviews, where there are a million actions: 5,000 open reviews, and some
// 30,000 that were approved, rejected, or have expired with or without that having been recorded.

const USAGE = `Usage: npm run reviews -- [--actions N] [--times N]

  --actions  how many actions there are, 1,000,000 by default
  --times    how often each query is asked, 30 by default

Measures SQLite in a temporary file, and PostgreSQL where DATABASE_URL leads to one; some 1.5 KB of disk for each action.`;

const OPEN = 5_000;
const DAY = 24 * 60 * 60_000;
const USERS = 100_000;
/** Rows that one statement makes. */
const AT_ONCE = 100_000;

const { values } = parseArgs({
  options: {
    actions: { type: "string", default: "1000000" },
    times: { type: "string", default: "30" },
    help: { type: "boolean" },
  },
});

/** Of the last `OPEN` actions each is an open review; of those before, one in 33 was under review. */
function stateOf(n: string, first: string): string {
  return `CASE WHEN ${n} > ${first} THEN 'REVIEW_REQUIRED' WHEN ${n} % 99 = 0 THEN 'REVIEW_SUCCEEDED'
    WHEN ${n} % 99 = 33 THEN 'REVIEW_FAILED' WHEN ${n} % 99 = 66 THEN 'REVIEW_REQUIRED' WHEN ${n} % 10 = 1 THEN 'CHALLENGE_SUCCEEDED'
    WHEN ${n} % 50 = 2 THEN 'BLOCK' ELSE 'ALLOW' END`;
}

/** A document as the engine writes it, less what no query reads. `json` is the database's function for an object. */
function documentOf(json: string, n: string, now: number, actions: number): string {
  const first = String(actions - OPEN);
  const createdAt = `(${now} - (${actions} - ${n}) * 2000)`;
  // Open ones end within three days from now; the others have ended.
  const endsAt = `(CASE WHEN ${n} > ${first} THEN ${now} + 1000 + (${n} * 7919 % ${OPEN}) * 51000 ELSE ${createdAt} - ${DAY} END)`;
  const reviewer = `CASE WHEN ${n} % 99 = 0 OR ${n} % 198 = 33 THEN 'rita' END`;
  const review = `${json}('expiresAt', ${endsAt}, 'reviewer', ${reviewer}, 'decidedAt', ${createdAt})`;
  const custom = `${json}('amount', '2500.00', 'currency', 'EUR', 'payee', 'DE89370400440532013000')`;
  return `${json}('userId', 'user-' || (${n} % ${USERS}), 'action', 'action-' || (${n} % 7), 'idempotencyKey', 'k' || ${n},
    'actionId', 'id-' || ${n}, 'state', ${stateOf(n, first)}, 'outcome', 'REVIEW', 'createdAt', ${createdAt},
    'stateUpdatedAt', ${createdAt} + 1000, 'rules', ${json === "json_object" ? "json_array()" : "jsonb_build_array()"}, 'policyVersion', '1',
    'attributes', ${json}('custom', ${custom}, 'userAgent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36'),
    'review', CASE WHEN ${n} > ${first} OR ${n} % 33 = 0 THEN ${review} END)`;
}

async function measure(name: string, store: Store, now: number, times: number): Promise<void> {
  const clock = { now: () => now };
  const engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bench",
    baseUrl: "http://localhost",
    clock,
    store,
  });
  const { reviews, actions, audit } = engine;
  const second = await reviews.list({ limit: 50 });
  const after = second.next ?? "";
  const ids = second.items.map(({ actionId }) => actionId);
  const queries: Readonly<Record<string, () => Promise<unknown>>> = {
    "open, first page": () => reviews.list({ limit: 50 }),
    "open, second page": () => reviews.list({ limit: 50, after }),
    "open, of an action": () => reviews.list({ limit: 50, codes: ["action-3"] }),
    "open, of a user": () => reviews.list({ limit: 50, userId: "user-99999" }),
    approved: () => reviews.list({ limit: 50, status: "approved" }),
    rejected: () => reviews.list({ limit: 50, status: "rejected" }),
    expired: () => reviews.list({ limit: 50, status: "expired" }),
    "rejected, of an action": () => reviews.list({ limit: 50, status: "rejected", codes: ["action-3"] }),
    counts: () => reviews.count(),
    "counts of an action": () => reviews.count({ codes: ["action-3"] }),
    "counts of a user": () => reviews.count({ userId: "user-99999" }),
    "activity, REVIEW_FAILED": () => actions.query({ state: "REVIEW_FAILED", limit: 50 }),
    "activity, REVIEW_REQUIRED": () => actions.query({ state: "REVIEW_REQUIRED", limit: 50 }),
    "a case": () => actions.query({ actionIds: ids.slice(0, 1), limit: 1 }),
    "50 cases": () => actions.query({ actionIds: ids, limit: 50 }),
    "a user's history": () => actions.query({ userId: "user-99999", limit: 11 }),
    "a timeline": () => audit.query({ actionId: ids[0] ?? "", limit: 200 }),
  };
  console.log(`\n${name}\n`);
  for (const [query, ask] of Object.entries(queries)) {
    const taken: number[] = [];
    for (let time = 0; time < times; time++) {
      const begun = performance.now();
      await ask();
      taken.push(performance.now() - begun);
    }
    const sorted = taken.toSorted((one, other) => one - other);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
    console.log(
      `${query.padEnd(28)} median ${median(taken).toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms`,
    );
  }
}

async function onSqlite(actions: number, now: number, times: number): Promise<void> {
  const found = await findSqlite();
  if ("skipped" in found) return console.log(`\nSQLite: ${found.skipped}`);
  const { service } = found;
  try {
    const database = service.open();
    const store = createSqliteStore(database, { migrate: true });
    for (let from = 1; from <= actions; from += AT_ONCE) {
      const to = Math.min(actions, from + AT_ONCE - 1);
      database.exec(`WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})
        INSERT INTO require_action_actions (document, tells_event)
        SELECT json_patch('{}', ${documentOf("json_object", "n", now, actions)}), true FROM numbers`);
    }
    await measure("SQLite", store, now, times);
  } finally {
    await service.close();
  }
}

async function onPostgres(actions: number, now: number, times: number): Promise<void> {
  const found = await findPostgres();
  if ("skipped" in found) return console.log(`\nPostgreSQL: ${found.skipped}`);
  const { service } = found;
  try {
    const schema = service.createSchema();
    const store = await createPostgresStore(service.pool, { schema, migrate: true, queryTimeoutMs: 600_000 });
    const document = documentOf("jsonb_build_object", "n", now, actions);
    for (let from = 1; from <= actions; from += AT_ONCE) {
      const to = Math.min(actions, from + AT_ONCE - 1);
      await service.pool.query(`INSERT INTO "${schema}".actions (document, tells_event)
        SELECT jsonb_strip_nulls(${document}), true FROM generate_series(${from}::bigint, ${to}) AS n`);
    }
    await service.pool.query(`VACUUM ANALYZE "${schema}".actions`);
    await measure("PostgreSQL", store, now, times);
  } finally {
    await service.close();
  }
}

if (values.help) console.log(USAGE);
else {
  const [actions, times] = [Number(values.actions), Number(values.times)];
  const now = Date.now();
  await onSqlite(actions, now, times);
  await onPostgres(actions, now, times);
}
