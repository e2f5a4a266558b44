import { parseArgs } from "node:util";
import { createEngine, type Engine, type Store } from "@require-action/engine";
import { createServer, hashPassword } from "@require-action/server";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { median } from "./median.ts";
import { findPostgres, findSqlite } from "./stores/services.ts";

// What figures over time cost where there are a million actions of 30 days: to count all of them, to count what has come since, and
// to show them in the console.

const USAGE = `Usage: npm run figures -- [--actions N] [--times N]

  --actions  how many actions there are, 1,000,000 by default
  --times    how often each page is asked for, 30 by default

Measures SQLite in a temporary file, and PostgreSQL where DATABASE_URL leads to one; some 1.5 KB of disk for each action.`;

const DAYS = 30;
const DAY = 24 * 60 * 60_000;
/** Rows that one statement makes. */
const AT_ONCE = 100_000;

const { values } = parseArgs({
  options: {
    actions: { type: "string", default: "1000000" },
    times: { type: "string", default: "30" },
    help: { type: "boolean" },
  },
});

/** How rows are made: a function for an object, one for an array, and when the n-th action was. */
interface Rows {
  readonly json: string;
  readonly array: string;
  readonly at: string;
}

/** Of ten actions seven are allowed, two challenged and mostly passed, and one blocked or, each fiftieth, under review. */
function actionOf({ json, array, at }: Rows): string {
  const isChallenged = "n % 10 IN (7, 8)";
  return `${json}('userId', 'user-' || (n % 100000), 'action', 'action-' || (n % 7), 'idempotencyKey', 'k' || n, 'actionId', 'id-' || n,
    'outcome', CASE WHEN ${isChallenged} THEN 'CHALLENGE' WHEN n % 50 = 9 THEN 'REVIEW' WHEN n % 10 = 9 THEN 'BLOCK' ELSE 'ALLOW' END,
    'state', CASE WHEN ${isChallenged} AND n % 60 < 48 THEN 'CHALLENGE_SUCCEEDED' WHEN ${isChallenged} THEN 'CHALLENGE_REQUIRED'
      WHEN n % 50 = 9 THEN 'REVIEW_SUCCEEDED' WHEN n % 10 = 9 THEN 'BLOCK' ELSE 'ALLOW' END,
    'verificationMethod', CASE WHEN ${isChallenged} AND n % 60 < 48 THEN CASE n % 4 WHEN 0 THEN 'PASSKEY' ELSE 'SMS' END END,
    'createdAt', ${at}, 'stateUpdatedAt', ${at} + (n * 7919 % 60) * 1000, 'policyVersion', '1', 'decidedInMs', 1 + n * 31 % 9,
    'rules', CASE WHEN n % 10 > 6 THEN ${array}(${json}('ruleId', 'rule-' || (n % 12), 'name', 'A rule')) ELSE ${array}() END,
    'attributes', ${json}('custom', ${json}('amount', '2500.00', 'currency', 'EUR', 'payee', 'DE89370400440532013000'),
      'userAgent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36'))`;
}

/** Two events of each challenge. */
function eventOf({ json, at }: Rows, type: string): string {
  const method = `CASE n % 4 WHEN 0 THEN 'PASSKEY' ELSE 'SMS' END`;
  return `${json}('type', '${type}', 'at', ${at} + 1000, 'userId', 'user-' || (n % 100000), 'action', 'action-' || (n % 7),
    'actionId', 'id-' || n, 'verificationMethod', ${method})`;
}

/** A store that counts what is asked of it. */
function counting(store: Store): { readonly store: Store; readonly calls: () => number } {
  let calls = 0;
  const counted = Object.entries(store).map(([name, verb]) => [
    name,
    typeof verb !== "function"
      ? verb
      : (...given: unknown[]): unknown => {
          calls++;
          return Reflect.apply(verb, store, given);
        },
  ]);
  return { store: Object.fromEntries(counted) as unknown as Store, calls: () => calls };
}

async function measure(name: string, given: Store, start: number, times: number): Promise<void> {
  let now = start;
  const clock = { now: () => now };
  const { store, calls } = counting(given);
  const engine: Engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bench",
    baseUrl: "http://localhost",
    clock,
    store,
  });
  console.log(`\n${name}\n`);

  async function count(title: string): Promise<void> {
    const [before, begun, used] = [calls(), performance.now(), process.cpuUsage()];
    await engine.figures.count();
    const { user, system } = process.cpuUsage(used);
    const took = (performance.now() - begun).toFixed(0);
    const cpu = ((user + system) / 1000).toFixed(0);
    console.log(
      `${title.padEnd(34)} ${String(calls() - before).padStart(6)} statements ${took.padStart(8)} ms ${cpu.padStart(8)} ms of CPU here`,
    );
  }
  await count("first count, of everything");
  for (let time = 0; time < 5; time++) {
    // The rest after the first one is long.
    now += time === 0 ? 60 * 60_000 : 61_000;
    await count(time === 0 ? "an hour later" : "a minute later");
  }

  const passwordHash = await hashPassword("correct horse");
  const server = createServer(engine, {
    apiSecrets: ["an-api-secret-of-the-bench"],
    tenantId: "bench",
    clock,
    console: { reviewers: [{ id: "bob", passwordHash }], secureCookies: false },
  });
  const cookies = new Map<string, string>();
  async function ask(path: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const response = await server(
      new Request(`http://localhost/console/${path}`, {
        headers: { cookie: [...cookies].map(([one, value]) => `${one}=${value}`).join("; ") },
        ...(form && { method: "POST", body: new URLSearchParams(form) }),
      }),
    );
    for (const cookie of response.headers.getSetCookie()) {
      const [, one = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(one, value);
    }
    return response.text();
  }
  const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(await ask("sign-in")) ?? [];
  await ask("sign-in", { formToken, reviewer: "bob", password: "correct horse" });
  for (const range of ["24h", "7d", "30d", "90d", "90d&action=action-3"]) {
    const taken: number[] = [];
    let size = 0;
    const used = process.cpuUsage();
    for (let time = 0; time < times; time++) {
      const begun = performance.now();
      size = (await ask(`figures?range=${range}`)).length;
      taken.push(performance.now() - begun);
    }
    const p95 = taken.toSorted((one, other) => one - other)[Math.ceil(times * 0.95) - 1] ?? Number.NaN;
    const { user, system } = process.cpuUsage(used);
    const cpu = ((user + system) / 1000 / times).toFixed(1);
    console.log(
      `page of ${range}`.padEnd(34) +
        ` median ${median(taken).toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms   ${cpu.padStart(6)} ms of CPU here   ${(size / 1024).toFixed(0)} KB`,
    );
  }
  server.drain();
}

async function onSqlite(actions: number, now: number, times: number): Promise<void> {
  const found = await findSqlite();
  if ("skipped" in found) return console.log(`\nSQLite: ${found.skipped}`);
  const { service } = found;
  try {
    const database = service.open();
    const store = createSqliteStore(database, { migrate: true });
    const step = Math.floor((DAYS * DAY) / actions);
    const rows = { json: "json_object", array: "json_array", at: `(${now} - (${actions} - n) * ${step})` };
    for (let from = 1; from <= actions; from += AT_ONCE) {
      const to = Math.min(actions, from + AT_ONCE - 1);
      const numbers = `WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})`;
      database.exec(`${numbers} INSERT INTO require_action_actions (document, tells_event)
        SELECT json_patch('{}', ${actionOf(rows)}), true FROM numbers`);
      for (const type of ["challenge.sent", "challenge.verified"]) {
        database.exec(`${numbers} INSERT INTO require_action_audit (document)
          SELECT ${eventOf(rows, type)} FROM numbers WHERE n % 10 IN (7, 8)`);
      }
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
    const step = Math.floor((DAYS * DAY) / actions);
    const rows = {
      json: "jsonb_build_object",
      array: "jsonb_build_array",
      at: `(${now} - (${actions} - n) * ${step})`,
    };
    for (let from = 1; from <= actions; from += AT_ONCE) {
      const numbers = `generate_series(${from}::bigint, ${Math.min(actions, from + AT_ONCE - 1)}) AS n`;
      await service.pool.query(`INSERT INTO "${schema}".actions (document, tells_event)
        SELECT jsonb_strip_nulls(${actionOf(rows)}), true FROM ${numbers}`);
      for (const type of ["challenge.sent", "challenge.verified"]) {
        await service.pool.query(`INSERT INTO "${schema}".audit (document)
          SELECT ${eventOf(rows, type)} FROM ${numbers} WHERE n % 10 IN (7, 8)`);
      }
    }
    await service.pool.query(`VACUUM ANALYZE "${schema}".actions`);
    await service.pool.query(`VACUUM ANALYZE "${schema}".audit`);
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
