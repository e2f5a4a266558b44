import { createMemoryStore } from "@require-action/engine";
import { storeConformance } from "@require-action/testing/conformance";
import { describe } from "vitest";
import { createPostgresStore, createSqliteStore } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite } from "./databases.ts";

// What the others are measured by.
storeConformance({
  name: "memory",
  async open() {
    const store = createMemoryStore();
    return { store, other: store, close: async () => {} };
  },
});

describe.skipIf(noSqlite)("on SQLite", () => {
  storeConformance({
    name: "sqlite",
    async open() {
      const { open, close } = await createFile();
      const store = createSqliteStore(open(), { migrate: true });
      return { store, other: createSqliteStore(open()), close };
    },
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  storeConformance({
    name: "postgres",
    async open() {
      const { schema, open, close } = createSchema();
      const store = await createPostgresStore(open(), { schema, migrate: true });
      return { store, other: await createPostgresStore(open(), { schema }), close };
    },
  });
});
