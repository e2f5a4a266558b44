import { setTimeout as pass } from "node:timers/promises";
import { inFull } from "@require-action-test/support/full";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import type { Ledger } from "@require-action/core/ledger";
import { describe } from "vitest";
import { createPostgresLedger, type PostgresLedger } from "../src/index.ts";
import { noPostgres, PATIENCE_MS } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";
import { type Application, queryBuilders } from "./query-builders.ts";

/** The ledger with a transaction of its own for each step. */
function inTransactions(ledger: PostgresLedger, { transaction }: Application): Ledger {
  return {
    name: "postgres",
    claim: (...claim) => transaction((open) => ledger.within(open).claim(...claim)),
    release: (...claim) => transaction((open) => ledger.within(open).release(...claim)),
  };
}

const played = queryBuilders.filter(({ name }) => inFull || ["pg", "Kysely"].includes(name));

describe.skipIf(noPostgres).each(played)("within transactions of $name", ({ name, open }) => {
  describeLedgerConformance({
    name,
    skip: {
      "F15: asking again with the same owner finds one's own claim, and another owner finds it taken":
        "what was committed with a claim must not be done again",
      "T53: an approval is claimed once whatever time it is said to be of, and one from before the ledger may be refused":
        "it asks again for one's own claim",
      "asking again does not make a claim last longer": "asking again finds nothing of one's own",
    },
    async open() {
      const own = lendSchema();
      const options = { schema: own.schema, queryTimeoutMs: PATIENCE_MS };
      const outer = await createPostgresLedger(own.open(), { ...options, migrate: true });
      const applications = [open(own.url), open(own.url)] as const;
      return {
        ledger: inTransactions(outer, applications[0]),
        other: inTransactions(outer, applications[1]),
        // PostgreSQL keeps its own time.
        pass: (ms) => pass(ms),
        async close() {
          await Promise.all(applications.map((one) => one.close()));
          await own.close();
        },
      };
    },
  });
});
