import { describeInboxStoreConformance } from "@require-action/conformance/inbox";
import { describe } from "vitest";
import { createPostgresInboxStore, createSqliteInboxStore } from "../src/index.ts";
import { createFile, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";

describe.skipIf(noSqlite)("on SQLite", () => {
  describeInboxStoreConformance({
    name: "sqlite",
    async open() {
      const { open, close } = await createFile();
      const store = createSqliteInboxStore(open(), { migrate: true });
      return { store, other: createSqliteInboxStore(open()), close };
    },
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  describeInboxStoreConformance({
    name: "postgres",
    async open() {
      const { schema, open, close } = lendSchema();
      const options = { schema, queryTimeoutMs: PATIENCE_MS };
      const store = await createPostgresInboxStore(open({ max: 4 }), { ...options, migrate: true });
      return { store, other: await createPostgresInboxStore(open({ max: 4 }), options), close };
    },
  });
});
