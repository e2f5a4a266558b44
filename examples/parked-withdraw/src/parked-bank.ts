import type { ApprovedAction } from "@require-action/core";
import type { ParkedQueue } from "@require-action/core/parked";
import type { Store } from "@require-action/engine";
import { createPgBossQueue } from "@require-action/parked/pg-boss";
import { createPostgresLedger, createPostgresStore, type PostgresLedger } from "@require-action/sql";
import pg from "pg";
import PgBoss from "pg-boss";

/** A bank whose accounts, actions, used approvals and parked actions are in one database, for its server and its workers. */
export interface ParkedBank {
  readonly store: Store;
  readonly ledger: PostgresLedger;
  readonly queue: ParkedQueue;
  balance(userId: string): Promise<string>;
  /** Moves the money within a transaction. Answers with whether there was enough. */
  pay(approved: ApprovedAction<any, string>, transaction: pg.PoolClient): Promise<boolean>;
  /** Commits what `work` did, unless it throws. */
  transaction<T>(work: (transaction: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The server and its workers have to have the same. */
export const sealSecrets: readonly string[] = ["a-fourth-example-secret-that-is-not-for-production"];

/** What everyone starts with. */
const STARTING_BALANCE = "20000.00";

/** Opens the bank in a schema of its own, and pg-boss in another one. */
export async function openBank({
  DATABASE_URL: connectionString,
  BANK_SCHEMA: schema = "example_parked_bank",
}: NodeJS.ProcessEnv): Promise<ParkedBank> {
  if (connectionString === undefined) throw new Error("Set DATABASE_URL to a PostgreSQL database.");
  const pool = new pg.Pool({ connectionString, max: 5, connectionTimeoutMillis: 5_000, statement_timeout: 10_000 });
  pool.on("error", (error) => console.error(`a connection broke: ${error.message}`));
  const store = await createPostgresStore(pool, { schema, migrate: true });
  const ledger = await createPostgresLedger(pool, { schema });
  const boss = new PgBoss({ connectionString, schema: `${schema}_boss`, max: 2 });
  boss.on("error", (error) => console.error(`pg-boss: ${error.message}`));
  await boss.start();
  const queue = await createPgBossQueue(boss);
  const accounts = `"${schema}".accounts`;

  async function transaction<T>(work: (transaction: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch((broken: Error) => (failure = broken));
      throw error;
    } finally {
      client.release(failure);
    }
  }

  await transaction(async (client) => {
    // Processes that start at once wait for each other.
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [schema]);
    await client.query(`CREATE TABLE IF NOT EXISTS ${accounts} (owner text PRIMARY KEY, balance numeric(12, 2))`);
  });

  return {
    store,
    ledger,
    queue,
    transaction,
    async balance(userId) {
      const { rows } = await pool.query(`SELECT balance::text FROM ${accounts} WHERE owner = $1`, [userId]);
      return rows[0]?.balance ?? STARTING_BALANCE;
    },
    async pay({ userId, bound }, client) {
      await client.query(`INSERT INTO ${accounts} VALUES ($1, $2) ON CONFLICT DO NOTHING`, [userId, STARTING_BALANCE]);
      const { rowCount } = await client.query(
        `UPDATE ${accounts} SET balance = balance - $2::numeric WHERE owner = $1 AND balance >= $2::numeric`,
        [userId, bound.amount],
      );
      return rowCount === 1;
    },
    async close() {
      await boss.stop({ graceful: false, wait: true });
      await pool.end();
    },
  };
}
