import type { Ledger } from "@require-action/core/ledger";
import { createPostgresLedger, createSqliteLedger } from "../../src/index.ts";
import { openPool, openSqliteFile, PATIENCE_MS } from "../databases.ts";

/** Opens the ledger that the environment names. */
export async function openLedger(): Promise<{ readonly ledger: Ledger; readonly close: () => Promise<void> }> {
  const { SQLITE_FILE: file, SCHEMA: schema = "" } = process.env;
  if (file !== undefined) {
    const database = openSqliteFile(file);
    const ledger = createSqliteLedger(database, { migrate: true, busyTimeoutMs: 30_000 });
    return { ledger, close: async () => void database.close() };
  }
  const pool = openPool({ max: 3 });
  const ledger = await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
  return { ledger, close: () => pool.end() };
}
