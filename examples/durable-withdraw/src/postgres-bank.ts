import { createPostgresLedger, createPostgresStore } from "@require-action/sql";
import pg from "pg";
import { BankBusy, type DurableBank, fromCents, STARTING_CENTS, toCents } from "./durable-bank.ts";

/** Opens a bank on PostgreSQL, in a schema of its own. */
export async function openPostgresBank(connectionString: string, schema = "example_bank"): Promise<DurableBank> {
  // All processes together have to fit into the server's `max_connections`.
  const pool = new pg.Pool({ connectionString, max: 5, connectionTimeoutMillis: 5_000, statement_timeout: 10_000 });
  pool.on("error", (error) => console.error(`a connection broke: ${error.message}`));
  const store = await createPostgresStore(pool, { schema, migrate: true });
  const ledger = await createPostgresLedger(pool, { schema });

  /** Commits what `work` did, unless it throws or answers undefined. */
  async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T | undefined>): Promise<T | undefined> {
    const client = await pool.connect().catch((cause: unknown) => {
      throw new BankBusy("there is no connection to the database", { cause });
    });
    let isBroken = false;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query(result === undefined ? "ROLLBACK" : "COMMIT");
      return result;
    } catch (error) {
      isBroken = await client.query("ROLLBACK").then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.release(isBroken);
    }
  }

  await inTransaction(async (client) => {
    // Processes that start at once wait for each other.
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [schema]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS "${schema}".accounts (owner text PRIMARY KEY, cents bigint NOT NULL)`,
    );
    await client.query(`CREATE TABLE IF NOT EXISTS "${schema}".withdrawals (owner text, cents bigint, payee text)`);
    return true;
  });

  return {
    store,
    ledger,
    async balance(userId) {
      const { rows } = await pool.query(`SELECT cents FROM "${schema}".accounts WHERE owner = $1`, [userId]);
      return fromCents(Number(rows[0]?.cents ?? STARTING_CENTS));
    },
    withdraw: (approved, { userId, amount, payee }) =>
      inTransaction(async (client) => {
        await approved.claim(ledger.within(client));
        const cents = toCents(amount);
        const accounts = `"${schema}".accounts`;
        await client.query(`INSERT INTO ${accounts} VALUES ($1, $2) ON CONFLICT DO NOTHING`, [userId, STARTING_CENTS]);
        const { rows } = await client.query(
          `UPDATE ${accounts} SET cents = cents - $2 WHERE owner = $1 AND cents >= $2 RETURNING cents`,
          [userId, cents],
        );
        if (rows.length === 0) return undefined;
        await client.query(`INSERT INTO "${schema}".withdrawals VALUES ($1, $2, $3)`, [userId, cents, payee]);
        return fromCents(Number(rows[0].cents));
      }),
    close: () => pool.end(),
  };
}
