export { createPostgresLedger, type PostgresLedger } from "./ledger/postgres-ledger.ts";
export {
  createSqliteLedger,
  type SqliteLedger,
  type SqliteLedgerOptions,
  type SqliteTransactionLedger,
} from "./ledger/sqlite-ledger.ts";
export { migratePostgres } from "./postgres/migrate-postgres.ts";
export type { PostgresOptions } from "./postgres/postgres-options.ts";
export type { PostgresClient, PostgresPool, PostgresQuery } from "./postgres/postgres-pool.ts";
export { migrateSqlite } from "./sqlite/migrate-sqlite.ts";
export type { SqliteDatabase, SqliteStatement } from "./sqlite/sqlite-database.ts";
export type { SqliteOptions } from "./sqlite/sqlite-options.ts";
export { createPostgresStore, type PostgresStoreOptions } from "./store/postgres-store.ts";
export type { Retention } from "./store/retention-options.ts";
export { createSqliteStore, type SqliteStoreOptions } from "./store/sqlite-store.ts";
