import { expectWarning } from "@require-action-test/support/warnings";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPostgresLedger, createPostgresStore, migratePostgres, type PostgresPool } from "../src/index.ts";
import { createSchema, PATIENCE_MS, type TestSchema } from "./databases.ts";
import { noPgBouncer, type OwnPgBouncer, startPgBouncer } from "./pgbouncer.ts";

const TTL_MS = 60_000;

// The conformance of store and ledger by way of PgBouncer is in the full tests.
describe.skipIf(noPgBouncer)("C2: PgBouncer in transaction mode", () => {
  let bouncer: OwnPgBouncer;
  let dropping: OwnPgBouncer;
  let database: TestSchema;
  beforeAll(async () => {
    [bouncer, dropping] = await Promise.all([
      startPgBouncer(),
      startPgBouncer({ ignore_startup_parameters: "statement_timeout" }),
    ]);
  });
  afterAll(() => Promise.all([bouncer?.close(), dropping?.close()]));
  beforeEach(() => void (database = createSchema()));
  afterEach(() => database.close());

  /** A pool by way of a pooler, which takes no time limit of the pool's. */
  const through = ({ url }: OwnPgBouncer, options = {}) =>
    database.open({ connectionString: url, statement_timeout: false, max: 4, ...options });
  const options = () => ({ schema: database.schema, queryTimeoutMs: PATIENCE_MS });

  /** The same pool, and whether statements that were sent through it had a name. */
  function listening(pool: PostgresPool): { readonly pool: PostgresPool; readonly named: Set<boolean> } {
    const named = new Set<boolean>();
    const query: PostgresPool["query"] = (one) => {
      named.add(one.name !== undefined);
      return pool.query(one);
    };
    return { named, pool: { query, connect: () => pool.connect(), options: pool.options! } };
  }

  it("is noticed at the start, so that nothing is prepared by name", async () => {
    const { pool, named } = listening(through(bouncer));
    const ledger = await createPostgresLedger(pool, { ...options(), migrate: true });
    const claims = Array.from({ length: 60 }, (_, index) => ledger.claim(`k${index % 20}`, `o${index}`, TTL_MS));
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(20);
    expect([...named]).toEqual([false]);
  });

  it("is not suspected where there is none, and the option decides where it is given", async () => {
    const { pool, named } = listening(database.open({ max: 2 }));
    await migratePostgres(pool, { schema: database.schema });
    for (const [preparedStatements, isNamed] of [
      [undefined, true],
      [true, true],
      [false, false],
    ] as const) {
      const ledger = await createPostgresLedger(pool, {
        ...options(),
        ...(preparedStatements !== undefined && { preparedStatements }),
      });
      named.clear();
      await ledger.claim("key", "owner", TTL_MS);
      expect([...named]).toEqual([isNamed]);
    }
  });

  it.each([
    [
      "statement_timeout",
      { statement_timeout: 2_000 },
      /statement_timeout; take statement_timeout out .* ALTER ROLE … SET statement_timeout = '2s'/,
    ],
    ["lock_timeout", { lock_timeout: 2_000 }, /lock_timeout; .* ALTER ROLE … SET lock_timeout = '2s'/],
    ["options", { options: "-c search_path=bank" }, /options; take options out .* ALTER ROLE … SET/],
  ])("refuses the start-up parameter %s: one sentence says what to do", async (_name, parameters, problem) => {
    for (const open of [createPostgresLedger, createPostgresStore, migratePostgres]) {
      const opening = open(through(bouncer, parameters), { schema: database.schema });
      await expect(opening).rejects.toMatchObject({
        code: "configuration_invalid",
        option: "pool",
        declaration: open.name,
      });
      await expect(opening).rejects.toThrow(problem);
    }
  });

  it("drops the time limit of the pool, where it is told to: that is said, or warned of", async () => {
    const opening = createPostgresLedger(through(dropping, { statement_timeout: 2_000 }), options());
    await expect(opening).rejects.toMatchObject({ option: "checks.statementTimeout" });
    await expect(opening).rejects.toThrow(
      "the pool's own does not get through, as a pooler drops it: set it for the role",
    );
    expectWarning("RA_POSTGRES_UNBOUNDED");
    const checks = { statementTimeout: "warn" } as const;
    const ledger = await createPostgresLedger(through(dropping), { ...options(), checks, migrate: true });
    expect(ledger.failedChecks).toEqual(["statementTimeout"]);
  });
});
