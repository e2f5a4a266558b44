import { createSqliteLedger, createSqliteStore } from "@require-action/sql";
import { type DurableBank, fromCents, STARTING_CENTS, toCents } from "./durable-bank.ts";
import { openSqlite } from "./open-sqlite.ts";

/** Opens a bank in an SQLite file. */
export async function openSqliteBank(file: string): Promise<DurableBank> {
  const database = await openSqlite(file);
  const store = createSqliteStore(database, { migrate: true });
  const ledger = createSqliteLedger(database);
  database.exec("CREATE TABLE IF NOT EXISTS accounts (owner TEXT PRIMARY KEY, cents INTEGER NOT NULL)");
  database.exec("CREATE TABLE IF NOT EXISTS withdrawals (owner TEXT, cents INTEGER, payee TEXT)");
  const read = database.prepare("SELECT cents FROM accounts WHERE owner = $owner");
  const open = database.prepare("INSERT INTO accounts VALUES ($owner, $cents) ON CONFLICT DO NOTHING");
  const take = database.prepare(
    "UPDATE accounts SET cents = cents - $cents WHERE owner = $owner AND cents >= $cents RETURNING cents",
  );
  const note = database.prepare("INSERT INTO withdrawals VALUES ($owner, $cents, $payee)");

  /** Commits what `work` did, unless it throws or answers undefined. Nothing is awaited in between: there is one connection. */
  function inTransaction<T>(work: () => T | undefined): T | undefined {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec(result === undefined ? "ROLLBACK" : "COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    store,
    ledger,
    async balance(userId) {
      const [account] = read.all({ owner: userId }) as { readonly cents: number }[];
      return fromCents(account?.cents ?? STARTING_CENTS);
    },
    withdraw: async (approved, { userId, amount, payee }) =>
      inTransaction(() => {
        approved.claim(ledger.within(database));
        const cents = toCents(amount);
        open.run({ owner: userId, cents: STARTING_CENTS });
        const [account] = take.all({ owner: userId, cents }) as { readonly cents: number }[];
        if (account === undefined) return undefined;
        note.run({ owner: userId, cents, payee });
        return fromCents(account.cents);
      }),
    close: async () => void database.close(),
  };
}
