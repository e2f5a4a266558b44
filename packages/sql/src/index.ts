export { createPostgresInboxStore } from "./inbox/postgres-inbox-store.ts";
export { createSqliteInboxStore } from "./inbox/sqlite-inbox-store.ts";
export { createPostgresLedger, type PostgresLedger, type PostgresLedgerOptions } from "./ledger/postgres-ledger.ts";
export { createSqliteLedger, type SqliteLedger, type SqliteLedgerOptions } from "./ledger/sqlite-ledger.ts";
export { migratePostgres } from "./postgres/migrate-postgres.ts";
export type {
  PostgresCheck,
  PostgresClient,
  PostgresResult,
  PostgresOptions,
  PostgresPool,
  PostgresQuery,
} from "./postgres/postgres-options.ts";
export { migrateSqlite } from "./sqlite/migrate-sqlite.ts";
export type { SqliteCheck, SqliteDatabase, SqliteOptions, SqliteStatement } from "./sqlite/sqlite-options.ts";
export { createPostgresStore, type PostgresStoreOptions } from "./store/postgres-store.ts";
export type { Retention } from "./store/sweeps.ts";
export { createSqliteStore, type SqliteStoreOptions } from "./store/sqlite-store.ts";
export type {
  DrizzleTransaction,
  KnexTransaction,
  KyselyTransaction,
  PostgresTransaction,
  PrismaTransaction,
} from "./ledger/transactions.ts";
