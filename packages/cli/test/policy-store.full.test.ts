import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { databaseUrl, noPostgres } from "../../sql/test/databases.ts";
import { killAll, ready, run, type Run } from "./command-process.ts";
import { apiSecret, basic, send } from "./http.ts";

// Each starts several processes.
vi.setConfig({ testTimeout: 90_000 });

const PATIENCE = { timeout: 60_000, interval: 50 };
const environment = {
  REQUIRE_ACTION_API_SECRET: apiSecret,
  REQUIRE_ACTION_ENGINE_SECRET: "engine-secret-engine-secret-engine!!",
  DATABASE_URL: databaseUrl,
};
const schema = `test_${randomUUID().replaceAll("-", "")}`;
const atStore = ["--store", "env:DATABASE_URL", "--schema", schema];
let folder: string;
let pool: pg.Pool;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "require-action-policy-store-"));
  pool = new pg.Pool({ connectionString: databaseUrl });
  pool.on("error", () => undefined);
  if (noPostgres === undefined)
    expect(await run(["migrate", ...atStore], environment).ended).toMatchObject({ code: 0 });
});
afterEach(killAll);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (noPostgres === undefined) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await pool.end();
});

let files = 0;

function policyFile(defaultOutcome: string): string {
  const file = join(folder, `policy-${files}.json`);
  writeFileSync(file, JSON.stringify({ actions: { pay: { defaultOutcome } }, lists: { file: [files++] } }));
  return file;
}

const publish = (file: string): Run => run(["policy", "publish", file, ...atStore], environment);

async function versions(): Promise<readonly number[]> {
  const { rows } = await pool.query(`SELECT number FROM "${schema}".policies ORDER BY number`);
  return rows.map(({ number }: { number: number }) => number);
}

async function publishedEvents(): Promise<number> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS count FROM "${schema}".audit WHERE document ->> 'type' = 'policy.published'`,
  );
  return (rows[0] as { count: number }).count;
}

describe.skipIf(noPostgres)("serve --policy-store in four processes on PostgreSQL", () => {
  it("F29: goes over to what is published, also by two at once", async () => {
    const serving = Array.from({ length: 4 }, () =>
      run(["serve", "--port", "0", "--policy", policyFile("BLOCK"), "--policy-store", ...atStore], environment),
    );
    const origins = await Promise.all(serving.map((one) => one.printed(ready)));
    expect(await versions()).toEqual([1]);
    const before = publish(policyFile("REVIEW"));
    const [one, other] = [publish(policyFile("ALLOW")), publish(policyFile("CHALLENGE"))];
    for (const each of [before, one, other]) expect(await each.ended).toMatchObject({ code: 0 });
    expect(await versions()).toEqual([1, 2, 3, 4]);
    await Promise.all(serving.map((each) => each.printed(/Version 4 of the policy is in force\./)));
    const decided = await Promise.all(
      origins.map(async (origin) => {
        const { json } = await send(
          `${origin}/v1/users/${randomUUID()}/actions/pay`,
          "POST",
          {},
          {
            authorization: basic(apiSecret),
          },
        );
        return json.state as string;
      }),
    );
    expect(new Set(decided).size).toBe(1);
    const { rows } = await pool.query(
      `SELECT DISTINCT a.document ->> 'policyVersion' = p.version AS same FROM "${schema}".actions a, "${schema}".policies p
       WHERE p.number = 4`,
    );
    expect(rows).toEqual([{ same: true }]);
  });

  it("a publisher that is killed has published a whole version or none, and holds up nobody", async () => {
    const numbers = await versions();
    const client = await pool.connect();
    try {
      // It waits for the table, and is killed there.
      await client.query("BEGIN");
      await client.query(`LOCK TABLE "${schema}".policies IN EXCLUSIVE MODE`);
      const publishing = publish(policyFile("REVIEW"));
      const waiting = async (): Promise<number> => {
        const { rows } = await pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"${schema}".policies%'`,
        );
        return rows.length;
      };
      await expect.poll(waiting, PATIENCE).toBe(1);
      publishing.child.kill("SIGKILL");
      await publishing.ended;
      await client.query("COMMIT");
      await expect.poll(waiting, PATIENCE).toBe(0);
    } finally {
      client.release(true);
    }
    expect(await publish(policyFile("BLOCK")).ended).toMatchObject({ code: 0 });
    const after = await versions();
    expect(after).toEqual(Array.from({ length: after.length }, (_, index) => index + 1));
    expect(after.length - numbers.length).toBeGreaterThanOrEqual(1);
    expect(after.length - numbers.length).toBeLessThanOrEqual(2);
    expect(await publishedEvents()).toBe(after.length);
    const shown = await run(["policy", "show", ...atStore], environment).ended;
    expect(JSON.parse(shown.output)).toMatchObject({ actions: { pay: { defaultOutcome: "BLOCK" } } });
  });
});
