import type { Store } from "@require-action/engine";
import { createPostgresStore, createSqliteStore } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite } from "./databases.ts";

/** An open store, which another process could open too. */
export interface OpenStore {
  readonly store: Store;
  /** Opens the same store once more. */
  reopen(): Promise<Store>;
  /** How a script of `processes` finds it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

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
      const store = createSqliteStore(open(), { migrate: true });
      return { store, reopen: async () => createSqliteStore(open()), environment: { SQLITE_FILE: file }, close };
    },
  },
  {
    name: "PostgreSQL",
    absent: noPostgres,
    async open() {
      const { schema, open, close } = createSchema();
      const store = await createPostgresStore(open(), { schema, migrate: true });
      return {
        store,
        reopen: () => createPostgresStore(open(), { schema }),
        environment: { SCHEMA: schema },
        close,
      };
    },
  },
];
