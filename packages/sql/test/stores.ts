import type { Ledger } from "@require-action/core/ledger";
import type { Store } from "@require-action/engine";
import { createPostgresLedger, createPostgresStore, createSqliteLedger, createSqliteStore } from "../src/index.ts";
import { createFile, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";

/** An open store, which another process could open too. */
export interface OpenStore {
  readonly store: Store;
  /** A ledger in the same database. */
  readonly ledger: Ledger;
  /** Opens the same store once more. */
  reopen(): Promise<Store>;
  /** Empties its tables. */
  empty(): Promise<void>;
  /** How a script of `processes` finds it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const tables = [
  "actions",
  "attempts",
  "audit",
  "authenticators",
  "challenges",
  "devices",
  "figures",
  "users",
  "velocity",
] as const;

/** The two databases' stores, and why each is skipped. */
export const sqlStores: readonly {
  readonly name: string;
  readonly absent: string | undefined;
  open(): Promise<OpenStore>;
}[] = [
  {
    name: "SQLite",
    absent: noSqlite,
    async open() {
      const { file, open, close } = await createFile();
      const database = open();
      const store = createSqliteStore(database, { migrate: true });
      return {
        store,
        ledger: createSqliteLedger(database),
        reopen: async () => createSqliteStore(open()),
        empty: async () => void database.exec(tables.map((table) => `DELETE FROM require_action_${table}`).join(";")),
        environment: { SQLITE_FILE: file },
        close,
      };
    },
  },
  {
    name: "PostgreSQL",
    absent: noPostgres,
    async open() {
      const { schema, open, close } = lendSchema();
      const pool = open();
      const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      return {
        store,
        ledger: await createPostgresLedger(pool, { schema, queryTimeoutMs: PATIENCE_MS }),
        reopen: () => createPostgresStore(open(), { schema, queryTimeoutMs: PATIENCE_MS }),
        empty: async () => void (await pool.query(tables.map((table) => `DELETE FROM "${schema}".${table}`).join(";"))),
        environment: { SCHEMA: schema },
        close,
      };
    },
  },
];
