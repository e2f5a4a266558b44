import { setTimeout as pass } from "node:timers/promises";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import type { Ledger } from "@require-action/core/ledger";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPostgresLedger, type PostgresLedger } from "../src/index.ts";
import { createSchema, noPostgres, PATIENCE_MS, type TestSchema } from "./databases.ts";
import { type Application, queryBuilders } from "./query-builders.ts";

const TTL_MS = 60_000;

/** The ledger with a transaction of its own for each step. */
function inTransactions(ledger: PostgresLedger, { transaction }: Application): Ledger {
  return {
    name: "postgres",
    claim: (...claim) => transaction((open) => ledger.within(open).claim(...claim)),
    release: (...claim) => transaction((open) => ledger.within(open).release(...claim)),
  };
}

describe.skipIf(noPostgres).each(queryBuilders)("within transactions of $name", ({ name, open }) => {
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
      const own = createSchema();
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

describe.skipIf(noPostgres).each(queryBuilders)("F18: a claim within a transaction of $name", ({ open }) => {
  let schema: TestSchema;
  let ledger: PostgresLedger;
  let application: Application;

  beforeEach(async () => {
    schema = createSchema();
    ledger = await createPostgresLedger(schema.open(), {
      schema: schema.schema,
      migrate: true,
      queryTimeoutMs: PATIENCE_MS,
    });
    application = open(schema.url);
  });
  afterEach(async () => {
    await application.close();
    await schema.close();
  });

  it("stands when it commits, and its own is not found again", async () => {
    const claim = (owner: string) =>
      application.transaction((transaction) => ledger.within(transaction).claim("approval", owner, TTL_MS, Date.now()));
    expect(await claim("alice")).toBe(true);
    expect(await claim("alice")).toBe(false);
    expect(await ledger.claim("approval", "bob", TTL_MS)).toBe(false);
    expect(await ledger.claim("approval", "alice", TTL_MS)).toBe(true);
  });

  it("never was when it is rolled back", async () => {
    const failing = application.transaction(async (transaction) => {
      expect(await ledger.within(transaction).claim("approval", "alice", TTL_MS)).toBe(true);
      throw new Error("no funds");
    });
    await expect(failing).rejects.toThrow("no funds");
    expect(await ledger.claim("approval", "bob", TTL_MS)).toBe(true);
  });

  it("passes owners and keys as they are, whatever they hold", async () => {
    const key = `a'; DROP TABLE claims; -- ? $1 :name \\ "x" \u{1F600}`;
    const claim = (owner: string) =>
      application.transaction((transaction) => ledger.within(transaction).claim(key, owner, TTL_MS));
    expect([await claim("a ? b"), await claim("$2"), await ledger.claim(key, "a ? b", TTL_MS)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("is refused outside of one, where it would stand whatever became of the payment", async () => {
    const claim = ledger.within(application.outside).claim("approval", "alice", TTL_MS);
    await expect(claim).rejects.toMatchObject({ code: "configuration_invalid", option: "client" });
    expect(await ledger.claim("approval", "bob", TTL_MS)).toBe(true);
  });
});

describe.skipIf(noPostgres)("what is no transaction", () => {
  it.each([[undefined], [null], [{}], ["BEGIN"], [{ query: {} }], [{ commit: () => {} }]])(
    "is refused by name: %j",
    async (nothing) => {
      const { schema, open, close } = createSchema();
      const ledger = await createPostgresLedger(open(), { schema, migrate: true, queryTimeoutMs: PATIENCE_MS });
      expect(() => ledger.within(nothing as never)).toThrow("a transaction of Drizzle, Kysely, Knex or Prisma");
      await close();
    },
  );
});
