import { createMemoryStore } from "@require-action/engine";
import { describeStoreConformance } from "@require-action/conformance/store";
import { describe } from "vitest";
import { createPostgresStore, createSqliteStore } from "../src/index.ts";
import { createFile, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";

// What the others are measured by.
describeStoreConformance({
  name: "memory",
  open() {
    const store = createMemoryStore();
    return { store, other: store };
  },
});

describe.skipIf(noSqlite)("on SQLite", () => {
  describeStoreConformance({
    name: "sqlite",
    async open() {
      const { open, close } = await createFile();
      const store = createSqliteStore(open(), { migrate: true });
      return { store, other: createSqliteStore(open()), close };
    },
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  describeStoreConformance({
    name: "postgres",
    async open() {
      const { schema, open, close } = lendSchema();
      const store = await createPostgresStore(open(), { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      return { store, other: await createPostgresStore(open(), { schema, queryTimeoutMs: PATIENCE_MS }), close };
    },
  });
});
