import type { DurableBank } from "./durable-bank.ts";
import { openPostgresBank } from "./postgres-bank.ts";
import { openSqliteBank } from "./sqlite-bank.ts";

/** Where the bank is kept: on PostgreSQL when there is a `DATABASE_URL`, else in the file `BANK_FILE`. */
export function openBank({
  DATABASE_URL: url,
  BANK_SCHEMA: schema,
  BANK_FILE: file = "example-bank.db",
}: NodeJS.ProcessEnv): Promise<DurableBank> {
  return url === undefined ? openSqliteBank(file) : openPostgresBank(url, schema);
}
