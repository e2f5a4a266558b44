import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { createEngine, type Policy, type Store } from "@require-action/engine";
import { createPostgresStore, createSqliteStore, type SqliteDatabase } from "@require-action/sql";
import type { FlightSubject } from "../compare-flights.ts";
import { ACTION, policyOf, withdrawal, withRules } from "../subject-policy.ts";
import { countStatements, type FoundPostgres, type FoundSqlite } from "./services.ts";

/** What a decision needs of its store: facts of the user, or the user's counter counted up as well. */
export type DecisionKind = "facts" | "counter";

/** One decision, and two raw statements through the same driver that read or count, and then write as much. */
export interface Decisions {
  readonly raw: FlightSubject;
  readonly ours: FlightSubject;
  /** What was sent since the last time this was called. */
  takeTraffic(): Traffic;
}

/** What a database was sent. Transactions are what it is waited for: a statement by itself is one. */
interface Traffic {
  readonly statements: number;
  readonly transactions: number;
}

/** The policy that makes a decision of this kind. */
function policyOfKind(kind: DecisionKind): Policy {
  const isUsed = { ">": [{ var: kind === "counter" ? "velocity.withdrawals" : "device.count" }, 1_000_000] } as const;
  return withRules(
    policyOf(10),
    [{ ruleId: "state", name: "State", priority: 1_000, type: "BLOCK", conditions: isUsed }],
    kind === "counter"
      ? [{ name: "withdrawals", kind: "count", by: "user", window: "24h", actions: [ACTION] }]
      : undefined,
  );
}

/** Asks an engine over a store for one decision. */
export function decideWith(store: Store, kind: DecisionKind): () => Promise<boolean> {
  const engine = createEngine({
    policy: policyOfKind(kind),
    secrets: ["a-secret-of-the-bench-that-is-32-bytes-long"],
    issuer: "bench",
    baseUrl: "https://bench.example",
    store,
  });
  const options = { signal: new AbortController().signal };
  // Each decision in flight listens.
  setMaxListeners(0, options.signal);
  return async () => {
    const attributes = {
      idempotencyKey: randomUUID(),
      ipAddress: "203.0.113.7",
      userAgent: "bench/1",
      custom: withdrawal,
    };
    const { state } = await engine.track({ userId: `user-${nextUser()}`, action: ACTION, attributes }, options);
    return state === "ALLOW";
  };
}

export async function postgresDecisions({ pool, createSchema }: FoundPostgres, kind: DecisionKind): Promise<Decisions> {
  const schema = createSchema();
  const { counting, takeCount } = countStatements(pool);
  const store = await createPostgresStore(counting, { schema, migrate: true });
  await pool.query(`CREATE TABLE "${schema}".raw_state (key text PRIMARY KEY, count double precision NOT NULL)`);
  await pool.query(`CREATE TABLE "${schema}".raw_actions (key text PRIMARY KEY, document jsonb NOT NULL)`);
  const first = {
    name: `${schema}_first`,
    text:
      kind === "counter"
        ? `INSERT INTO "${schema}".raw_state AS kept VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET count = kept.count + 1 RETURNING count`
        : `SELECT count FROM "${schema}".raw_state WHERE key = $1`,
  };
  const second = {
    name: `${schema}_second`,
    text: `INSERT INTO "${schema}".raw_actions VALUES ($1, $2) RETURNING key`,
  };
  return {
    ours: { name: "one decision", call: decideWith(store, kind) },
    raw: {
      name: "two raw statements",
      async call() {
        await pool.query({ ...first, values: [`user-${nextUser()}`] });
        const written = await pool.query({ ...second, values: [randomUUID(), document] });
        return written.rows.length === 1;
      },
    },
    takeTraffic() {
      const statements = takeCount();
      return { statements, transactions: statements };
    },
  };
}

export function sqliteDecisions({ open }: FoundSqlite, kind: DecisionKind): Decisions {
  const database = open();
  let traffic: Traffic = { statements: 0, transactions: 0 };
  // Those within a transaction are waited for at its COMMIT, which comes by `exec`.
  const count = (isTransaction: boolean): void => {
    const { statements, transactions } = traffic;
    traffic = { statements: statements + 1, transactions: transactions + Number(isTransaction) };
  };
  const counting: SqliteDatabase = {
    get inTransaction() {
      return database.inTransaction;
    },
    exec(sql) {
      count(sql === "COMMIT");
      return database.exec(sql);
    },
    prepare(sql) {
      const prepared = database.prepare(sql);
      return {
        all(parameters) {
          count(!database.inTransaction);
          return prepared.all(parameters);
        },
        run(parameters) {
          count(!database.inTransaction);
          return prepared.run(parameters);
        },
      };
    },
  };
  const store = createSqliteStore(counting, { migrate: true });
  database.exec("CREATE TABLE raw_state (key TEXT PRIMARY KEY, count REAL NOT NULL) STRICT");
  database.exec("CREATE TABLE raw_actions (key TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT");
  const first = database.prepare(
    kind === "counter"
      ? "INSERT INTO raw_state AS kept VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET count = kept.count + 1 RETURNING count"
      : "SELECT count FROM raw_state WHERE key = ?",
  );
  const second = database.prepare("INSERT INTO raw_actions VALUES (?, ?)");
  return {
    ours: { name: "one decision", call: decideWith(store, kind) },
    raw: {
      name: "two raw statements",
      async call() {
        first.all(`user-${nextUser()}`);
        return second.run(randomUUID(), document).changes === 1;
      },
    },
    takeTraffic() {
      const taken = traffic;
      traffic = { statements: 0, transactions: 0 };
      return taken;
    },
  };
}

let users = 0;

/** A thousand users take turns. */
function nextUser(): number {
  return users++ % 1_000;
}

/** About as large as the record of an action. */
const document = JSON.stringify({
  actionId: randomUUID(),
  action: ACTION,
  userId: "user-1",
  idempotencyKey: randomUUID(),
  state: "ALLOW",
  outcome: "ALLOW",
  createdAt: Date.now(),
  attributes: { ipAddress: "203.0.113.7", userAgent: "bench/1", custom: withdrawal },
  rules: [],
  policyVersion: "x".repeat(43),
});
