import { randomUUID } from "node:crypto";
import { expectWarning } from "@require-action-test/support/warnings";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOUNDED, noPgBouncer, type OwnPgBouncer, startPgBouncer } from "../../sql/test/pgbouncer.ts";
import { openPool } from "../../sql/test/databases.ts";
import { openStore } from "../src/store/open-store.ts";
import { runHere } from "./run-here.ts";

describe.skipIf(noPgBouncer)("C2: the command, by way of PgBouncer in transaction mode", () => {
  const schema = `test_${randomUUID().replaceAll("-", "")}`;
  let bounded: OwnPgBouncer;
  let unbounded: OwnPgBouncer;
  beforeAll(async () => {
    [bounded, unbounded] = await Promise.all([startPgBouncer(BOUNDED), startPgBouncer({})]);
    const environment = { DATABASE_URL: bounded.url };
    const migrated = await runHere(["migrate", "--store", "env:DATABASE_URL", "--schema", schema], { environment });
    expect(migrated).toMatchObject({ code: 0, errors: "" });
  });
  afterAll(async () => {
    await Promise.all([bounded?.close(), unbounded?.close()]);
    if (noPgBouncer !== undefined) return;
    const pool = openPool({ max: 1 });
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.end();
  });

  const open = ({ url }: OwnPgBouncer, warnChecks: readonly string[] = []) =>
    openStore({ kind: "postgres", url, schema }, { migrate: false, warnChecks }, { warn: () => undefined });

  it("takes the time limit of the role", async () => {
    const { store, close } = await open(bounded);
    await store.updateUser("alice", { displayName: "Alice" }, 0);
    expect(await store.findUser("alice")).toMatchObject({ displayName: "Alice" });
    await close();
  });

  it("is told to set one, or to be warned, where the role has none", async () => {
    await expect(open(unbounded)).rejects.toThrow(
      /^--warn-check statementTimeout: statement_timeout is 0.*ALTER ROLE … SET statement_timeout = '2s'/,
    );
    expectWarning("RA_POSTGRES_UNBOUNDED");
    const { close } = await open(unbounded, ["statementTimeout"]);
    await close();
  });

  it("says which check was probably meant", async () => {
    await expect(open(bounded, ["statmentTimeout"])).rejects.toThrow(
      "--warn-check statmentTimeout: is not an option; did you mean checks.statementTimeout?",
    );
  });
});
