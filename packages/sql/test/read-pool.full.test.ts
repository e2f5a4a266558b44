import { describeStoreConformance } from "@require-action/conformance/store";
import type { Store } from "@require-action/engine";
import { describe } from "vitest";
import { createPostgresStore } from "../src/index.ts";
import { createSchema, noPostgres, PATIENCE_MS } from "./databases.ts";

/** A store that reads whatever may lag from a replica, as the console does. */
function lagging(store: Store): Store {
  return {
    ...store,
    listActions: (filter) => store.listActions({ ...filter, mayLag: true }),
    listUsers: (filter) => store.listUsers({ ...filter, mayLag: true }),
    listEvents: (filter) => store.listEvents({ ...filter, mayLag: true }),
  };
}

describe.skipIf(noPostgres)("on PostgreSQL with a readPool", () => {
  describeStoreConformance({
    name: "postgres",
    async open() {
      const { schema, open, close } = createSchema();
      const options = { schema, queryTimeoutMs: PATIENCE_MS, readPool: open() };
      const store = await createPostgresStore(open(), { ...options, migrate: true });
      return { store: lagging(store), other: lagging(await createPostgresStore(open(), options)), close };
    },
  });
});
