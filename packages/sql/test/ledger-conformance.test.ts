import { setTimeout as pass } from "node:timers/promises";
import { createManualClock } from "@require-action/testing";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { describe } from "vitest";
import { createPostgresLedger, createSqliteLedger } from "../src/index.ts";
import { createFile, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";

describe.skipIf(noSqlite)("on SQLite", () => {
  describeLedgerConformance({
    name: "sqlite",
    async open() {
      const { open, close } = await createFile();
      const clock = createManualClock();
      const ledger = createSqliteLedger(open(), { clock, migrate: true });
      const other = createSqliteLedger(open(), { clock });
      return { ledger, other, pass: (ms) => clock.advance(ms), close };
    },
  });
});

describe.skipIf(noPostgres)("on PostgreSQL", () => {
  describeLedgerConformance({
    name: "postgres",
    async open() {
      const { schema, open, close } = lendSchema();
      const pools = [open({ max: 4 }), open({ max: 4 })] as const;
      const ledger = await createPostgresLedger(pools[0], { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      const other = await createPostgresLedger(pools[1], { schema, queryTimeoutMs: PATIENCE_MS });
      // Connected beforehand, which can take longer than a claim lasts here.
      await Promise.all(pools.flatMap((pool) => Array.from({ length: 4 }, () => pool.query("SELECT pg_sleep(0.01)"))));
      // PostgreSQL keeps its own time.
      return { ledger, other, pass: (ms) => pass(ms), close };
    },
  });
});
