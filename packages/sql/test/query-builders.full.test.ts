import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPostgresLedger, type PostgresLedger } from "../src/index.ts";
import { createSchema, noPostgres, PATIENCE_MS, type TestSchema } from "./databases.ts";
import { type Application, queryBuilders } from "./query-builders.ts";

const TTL_MS = 60_000;

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
