import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { setTimeout as pass } from "node:timers/promises";
import { createEngine, type Policy } from "@require-action/engine";
import { createPostgresStore } from "@require-action/sql";
import type pg from "pg";
import { fly } from "./in-flight.ts";
import { countStatements, findPostgres, type FoundPostgres } from "./stores/services.ts";
import { ACTION, policyOf, type Rule, withdrawal, withRules } from "./subject-policy.ts";

// A day of decisions, in scaled time: the store is grown within the database to what a day, or a part of it, leaves behind, and
// at each size the engine makes a few thousand decisions as fast as it can, with a clock that a decision moves as in that day.

const USAGE = `Usage: npm run growth -- [--actions N] [--users N] [--decisions N]

  --actions    what a day leaves behind, 10,000,000 by default; measured at each power of ten from 10,000 on
  --users      how many people they are of, 1,000,000 by default
  --decisions  how many are measured at each size, 6,000 by default

Needs a PostgreSQL that nobody else uses meanwhile (DATABASE_URL), some 1.5 KB of disk for each action, and Linux.`;

const DAY = 86_400_000;
const RETENTION_MS = 31 * DAY;
const WIDTH = 8;
/** Decisions that are made before any is measured, so that pages and plans are where they are in use. */
const WARM_UP = 2_000;
/** Rows that one statement makes, so that none takes longer than statements may. */
const GROWN_AT_ONCE = 500_000;
/** A backend of PostgreSQL reports what it did once it has been idle for ten seconds, at the latest. */
const STATISTICS_MS = 11_000;

/** What one decision costs in a store of this size. */
interface Cost {
  readonly size: string;
  readonly statements: number;
  readonly rows: number;
  readonly walBytes: number;
  /** Whole pages in it, as PostgreSQL logs a page that is written to for the first time since a checkpoint. */
  readonly walPages: number;
  readonly engineMicroseconds: number;
  readonly databaseMicroseconds: number;
  readonly p50: number;
  readonly p99: number;
  /** Rows that were deleted for each that was written. */
  readonly swept: number;
}

const { values } = parseArgs({
  options: {
    actions: { type: "string", default: "10000000" },
    users: { type: "string", default: "1000000" },
    decisions: { type: "string", default: "6000" },
    help: { type: "boolean" },
  },
});
if (values.help) console.log(USAGE);
else {
  const found = await findPostgres();
  if ("skipped" in found) {
    console.error(found.skipped);
    process.exitCode = 1;
  } else {
    const [actions, users, decisions] = [values.actions, values.users, values.decisions].map(Number) as [
      number,
      number,
      number,
    ];
    await measureGrowth(found.service, { actions, users, decisions }).finally(found.service.close);
  }
}

async function measureGrowth(
  { pool, createSchema }: FoundPostgres,
  { actions, users, decisions }: { readonly actions: number; readonly users: number; readonly decisions: number },
): Promise<void> {
  const schema = createSchema();
  const { counting, takeCount } = countStatements(pool);
  const retention = { actionsMs: RETENTION_MS, auditMs: RETENTION_MS };
  const store = await createPostgresStore(counting, { schema, migrate: true, retention, queryTimeoutMs: 60_000 });
  const clock = { at: Date.now(), now: (): number => Math.floor(clock.at) };
  const engine = createEngine({
    policy: policyOfDay(),
    secrets: ["a-secret-of-the-bench-that-is-32-bytes-long"],
    issuer: "bench",
    baseUrl: "https://bench.example",
    store,
    clock,
  });
  const options = { signal: new AbortController().signal };
  const msPerDecision = DAY / actions;
  async function decide(): Promise<boolean> {
    clock.at += msPerDecision;
    const amount = randomInt(20) === 0 ? "5000.00" : withdrawal.amount;
    const { state } = await engine.track(
      {
        userId: `user-${randomInt(users)}`,
        action: ACTION,
        attributes: {
          idempotencyKey: randomUUID(),
          ipAddress: "203.0.113.7",
          userAgent: "bench/1",
          custom: { ...withdrawal, amount },
        },
      },
      options,
    );
    return state === (amount === withdrawal.amount ? "ALLOW" : "CHALLENGE_REQUIRED");
  }

  async function measure(size: string): Promise<Cost> {
    await fly(WARM_UP, WIDTH, decide);
    const pids = await pidsOf(pool);
    await pass(STATISTICS_MS);
    const before = await readStatistics(pool, schema);
    const cpuBefore = cpuOf(pids);
    takeCount();
    const { done, latencies, cpuMicroseconds } = await fly(decisions, WIDTH, decide);
    if (done !== decisions) throw new Error(`${decisions - done} decisions were not what they had to be`);
    const sent = takeCount();
    const databaseCpu = cpuOf(pids) - cpuBefore;
    await pass(STATISTICS_MS);
    const after = await readStatistics(pool, schema);
    const sorted = latencies.toSorted((one, other) => one - other);
    return {
      size,
      statements: sent / decisions,
      rows: (after.written - before.written) / decisions,
      walBytes: (after.walBytes - before.walBytes) / decisions,
      walPages: (after.walPages - before.walPages) / decisions,
      engineMicroseconds: cpuMicroseconds / decisions,
      databaseMicroseconds: databaseCpu / decisions,
      p50: sorted[Math.floor(decisions * 0.5)]!,
      p99: sorted[Math.floor(decisions * 0.99)]!,
      swept: (after.deleted - before.deleted) / decisions,
    };
  }

  await decide();
  await growUsers(pool, schema, users);
  let kept = 1;
  const costs: Cost[] = [];
  for (let size = 10_000; size <= actions; size *= 10) {
    const began = performance.now();
    await growActions(pool, schema, { from: kept, to: size, users });
    kept = size;
    console.error(
      `… ${size.toLocaleString("en")} actions, grown in ${Math.round((performance.now() - began) / 1_000)} s`,
    );
    costs.push(await measure(size.toLocaleString("en")));
  }
  const bytes = await sizeOf(pool, schema);
  clock.at += RETENTION_MS + DAY;
  costs.push(await measure("the same, 32 days later"));

  console.table(
    Object.fromEntries(
      costs.map(({ size, ...cost }) => [
        size,
        Object.fromEntries(Object.entries(cost).map(([name, figure]) => [name, Number(figure.toPrecision(3))])),
      ]),
    ),
  );
  console.log(`${Math.round(bytes / kept)} bytes of disk for each action kept, indexes, users and counters included`);
}

/** Rules of which none matches, but for one on large amounts; another asks for what each user has spent in a day. */
function policyOfDay(): Policy {
  const rule = (ruleId: string, priority: number, conditions: Rule["conditions"], type: Rule["type"]): Rule => ({
    ruleId,
    name: ruleId,
    priority,
    type,
    conditions,
  });
  return withRules(
    policyOf(5),
    [
      rule("spent", 1_000, { ">": [{ var: "velocity.spent" }, 1_000_000] }, "BLOCK"),
      rule("large", 1_001, { ">": [{ var: "custom.amount" }, 4_000] }, "CHALLENGE"),
    ],
    [{ name: "spent", kind: "sum", field: "amount", by: "user", window: "24h", actions: [ACTION] }],
  );
}

async function growUsers(pool: pg.Pool, schema: string, users: number): Promise<void> {
  await pool.query(
    `INSERT INTO "${schema}".users (document)
     SELECT jsonb_build_object('userId', 'user-' || one, 'email', 'user-' || one || '@bank.example', 'createdAt', 1)
     FROM generate_series(0, $1::integer - 1) AS one ON CONFLICT DO NOTHING`,
    [users],
  );
  await pool.query(`VACUUM ANALYZE "${schema}".users`);
}

/** Makes actions of the first one, spread over the day that ends with it. */
async function growActions(
  pool: pg.Pool,
  schema: string,
  { from, to, users }: { readonly from: number; readonly to: number; readonly users: number },
): Promise<void> {
  // Users in no order, as they come: an index on them grows in all places.
  for (let first = from; first <= to; first += GROWN_AT_ONCE) {
    await pool.query(
      `INSERT INTO "${schema}".actions
       (document, tells_event, user_id, code, idempotency_key, action_id, state, created_at)
     SELECT document || jsonb_build_object('userId', user_id, 'idempotencyKey', idempotency_key, 'actionId', action_id,
         'createdAt', created_at), true, user_id, code, idempotency_key, action_id, state, created_at
     FROM (SELECT document, code, state, 'user-' || (one::bigint * 7919) % $3::integer AS user_id,
         gen_random_uuid()::text AS idempotency_key, gen_random_uuid()::text AS action_id,
         floor(created_at - one * ${DAY}::double precision / $2::integer) AS created_at
       FROM (SELECT * FROM "${schema}".actions ORDER BY sequence LIMIT 1) AS first,
         generate_series($1::integer, $4::integer) AS one) AS made`,
      [first, to, users, Math.min(first + GROWN_AT_ONCE - 1, to)],
    );
  }
  await pool.query(`VACUUM ANALYZE "${schema}".actions`);
  await pool.query("CHECKPOINT");
}

/** The processes of the server that serve this pool. */
async function pidsOf(pool: pg.Pool): Promise<readonly number[]> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  const pids = await Promise.all(
    clients.map(async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      client.release();
      return rows[0]!.pid;
    }),
  );
  return pids;
}

/** Microseconds of CPU that processes have used, which Linux counts in hundredths of a second. */
function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // What comes after the name in brackets: the state first, the times of user and system as the 12th and 13th.
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ").slice(11, 13);
    return sum + (Number(user) + Number(system)) * 10_000;
  }, 0);
}

async function readStatistics(
  pool: pg.Pool,
  schema: string,
): Promise<Readonly<Record<"written" | "deleted" | "walBytes" | "walPages", number>>> {
  const { rows } = await pool.query<Record<"written" | "deleted" | "wal" | "pages", string>>(
    `SELECT sum(n_tup_ins + n_tup_upd) AS written, sum(n_tup_del) AS deleted,
       min(wal_bytes) AS wal, min(wal_fpi) AS pages
     FROM pg_stat_all_tables, pg_stat_wal WHERE schemaname = $1`,
    [schema],
  );
  const [row] = rows;
  return {
    written: Number(row?.written),
    deleted: Number(row?.deleted),
    walBytes: Number(row?.wal),
    walPages: Number(row?.pages),
  };
}

async function sizeOf(pool: pg.Pool, schema: string): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    "SELECT sum(pg_total_relation_size(relid)) AS bytes FROM pg_stat_all_tables WHERE schemaname = $1",
    [schema],
  );
  return Number(rows[0]?.bytes);
}
