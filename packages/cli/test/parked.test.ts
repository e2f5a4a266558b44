import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { REDIS_URL } from "../../parked/test/bullmq.ts";
import { queueEngines } from "../../parked/test/queues.ts";
import { databaseUrl, noPostgres } from "../../sql/test/databases.ts";
import { runHere } from "./run-here.ts";

/** The part of pg-boss's table that is read: `packages/parked` has its tests on pg-boss itself. */
const TABLE = "name text, data jsonb, state text, start_after timestamptz";
const MINUTE_MS = 60_000;

describe.skipIf(noPostgres)("require-action parked", () => {
  const schema = `parked_cli_${randomBytes(4).toString("hex")}`;
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`CREATE SCHEMA "${schema}"; CREATE TABLE "${schema}".job (${TABLE})`);
  });
  afterAll(async () => {
    await client.query(`DROP SCHEMA "${schema}" CASCADE`);
    await client.end();
  });

  const parked = (...words: readonly string[]) =>
    runHere(["parked", ...words, "--store", "env:QUEUE_URL", "--schema", schema], {
      environment: { QUEUE_URL: databaseUrl },
    });

  async function add(id: string, dueInMs: number, state = "created", name = "require-action-parked"): Promise<void> {
    const now = Date.now();
    const data = {
      id,
      action: "withdraw-funds",
      parkedAt: now,
      dueAt: now,
      expiresAt: now + 1e9,
      tries: 2,
      sealed: "secret",
    };
    await client.query(`INSERT INTO "${schema}".job VALUES ($1, $2, $3, $4)`, [
      name,
      data,
      state,
      new Date(now + dueInMs),
    ]);
  }

  it("lists what waits and is under way, has it run now, and ends with 1 where something is overdue", async () => {
    expect(await parked("list")).toMatchObject({ code: 0, output: "", errors: "No action is parked.\n" });
    await add("later", 60 * MINUTE_MS);
    await add("running", -MINUTE_MS, "active");
    await add("over", 0, "completed");
    await add("elsewhere", 0, "created", "another");
    const { code, output } = await parked("list");
    expect(code).toBe(0);
    expect(output.split("\n").map((line) => line.replace(/\d{4}-\S+Z/g, "TIME"))).toEqual([
      "running  withdraw-funds  parked TIME  under way  tries 2",
      "later  withdraw-funds  parked TIME  due TIME  tries 2",
      "",
    ]);
    expect(output).not.toContain("secret");

    expect(await parked("retry", "nobody")).toMatchObject({ code: 1, errors: "No such action waits.\n" });
    expect(await parked("retry", "later")).toMatchObject({ code: 0, output: "1 to be run now, if approved.\n" });
    const { rows } = await client.query(
      `SELECT start_after < now() AS due FROM "${schema}".job WHERE data->>'id' = 'later'`,
    );
    expect(rows).toEqual([{ due: true }]);

    await add("late", -11 * MINUTE_MS);
    const late = await parked("list");
    expect([late.code, late.output.includes("late  withdraw-funds")]).toEqual([1, true]);
    expect(late.output).toContain("OVERDUE");
    expect(await parked("retry")).toMatchObject({ code: 0, output: "2 to be run now, if approved.\n" });
  });

  it("lists what is no parked action as little as workers run it, and calls nothing overdue that one has", async () => {
    await client.query(`DELETE FROM "${schema}".job`);
    await add("long", -60 * MINUTE_MS, "active");
    const late = new Date(Date.now() - 60 * MINUTE_MS);
    const whole = { id: "x", action: "a", parkedAt: 1, dueAt: 1, expiresAt: 1, tries: 0 };
    for (const data of [null, [], "text", 7, {}, { ...whole, parkedAt: 1e300 }, { ...whole, tries: undefined }]) {
      await client.query(`INSERT INTO "${schema}".job VALUES ($1, $2, $3, $4)`, [
        "require-action-parked",
        JSON.stringify(data),
        "created",
        late,
      ]);
    }
    const { code, output, errors } = await parked("list");
    expect([code, errors, output.replace(/\d{4}-\S+Z/g, "TIME")]).toEqual([
      0,
      "",
      "long  withdraw-funds  parked TIME  under way  tries 2\n",
    ]);
    await client.query(`DELETE FROM "${schema}".job`);
  });

  it("says what is wrong with where the queue is, and quotes none of it", async () => {
    const list = (...words: readonly string[]) => runHere(["parked", "list", ...words]);
    expect((await list()).errors).toBe(
      "--store <STORE> is missing. See require-action parked list --help.\n".replace(" <STORE>", " STORE"),
    );
    for (const engine of ["pgboss", "toString"]) {
      expect((await list("--store", databaseUrl, "--engine", engine)).errors).toBe(
        "--engine must be pg-boss, graphile-worker or bullmq.\n",
      );
    }
    expect((await list("--store", "memory")).errors).toBe("--store must be PostgreSQL, where pg-boss is.\n");
    expect((await list("--store", databaseUrl, "--schema", "nowhere")).errors).toContain(
      "There is no pg-boss in this schema: name its own by --schema.",
    );
    expect((await list("--store", "postgres://127.0.0.1:1/secret")).errors).toBe(
      "The queue cannot be reached (ECONNREFUSED).\n",
    );
  });

  it.each([
    {
      engine: "graphile-worker",
      of: "graphile-worker",
      url: databaseUrl,
      place: (place: string) => ["--schema", `${place}_queue`],
      nowhere: ["--schema", "nowhere"],
      missing: "There is no graphile-worker in this schema: name its own by --schema.\n",
    },
    {
      engine: "bullmq",
      of: "BullMQ",
      url: REDIS_URL,
      place: (place: string) => ["--schema", place, "--queue", "parked"],
      nowhere: ["--queue", "parkd"],
      missing: "There is no queue of this name: name it by --queue, and its prefix by --schema.\n",
    },
  ])(
    "lists what waits on $engine, and has it run now",
    async ({ engine, of, url, place: flagsOf, nowhere, missing }) => {
      const place = { schema: `parked_cli_${randomBytes(4).toString("hex")}` };
      const { queue, close } = await queueEngines[of]!.open(place);
      onTestFinished(async () => {
        await close();
        await queueEngines[of]!.drop(place);
      });
      const run = (...words: readonly string[]) =>
        runHere(["parked", ...words, "--store", "env:QUEUE_URL", "--engine", engine], {
          environment: { QUEUE_URL: url },
        });
      const flags = flagsOf(place.schema);
      const now = Date.now();
      const job = { action: "withdraw-funds", parkedAt: now, expiresAt: now + 1e9, tries: 2, sealed: "secret" };
      await queue.add({ id: "later", dueAt: now + 60 * MINUTE_MS, ...job });
      const { code, output } = await run("list", ...flags);
      expect([code, output.replace(/\d{4}-\S+Z/g, "TIME")]).toEqual([
        0,
        "later  withdraw-funds  parked TIME  due TIME  tries 2\n",
      ]);
      await queue.add({ id: "late", dueAt: now - 11 * MINUTE_MS, ...job });
      const late = await run("list", ...flags);
      expect([late.code, late.output]).toEqual([1, expect.stringMatching(/^late .* OVERDUE /)]);
      expect(await run("retry", "nobody", ...flags)).toMatchObject({ code: 1, errors: "No such action waits.\n" });
      expect(await run("retry", "later", ...flags)).toMatchObject({ output: "1 to be run now, if approved.\n" });
      expect(await run("retry", ...flags)).toMatchObject({ output: "2 to be run now, if approved.\n" });
      expect((await run("list", ...nowhere)).errors).toBe(missing);
    },
  );

  it("asks for the queue's name on BullMQ, and says where it cannot reach Redis", async () => {
    const list = (...words: readonly string[]) => runHere(["parked", "list", "--engine", "bullmq", ...words]);
    expect((await list("--store", REDIS_URL)).errors).toBe(
      "--queue is missing: BullMQ's queue has the name that you gave it.\n",
    );
    expect((await list("--store", databaseUrl, "--queue", "parked")).errors).toBe(
      "--store must be redis://…, where BullMQ is, or env:NAME.\n",
    );
    const away = await list("--store", "redis://:secret@127.0.0.1:1", "--queue", "parked");
    expect(away.errors).toContain("The queue cannot be reached (");
    expect(away.errors).not.toContain("secret@");
  });
});
