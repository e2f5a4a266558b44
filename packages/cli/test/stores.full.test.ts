import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authsignal } from "@authsignal/node";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openSqliteFile } from "../../sql/test/open-sqlite.ts";
import { killAll, ready, run, type Run } from "./command-process.ts";
import { apiSecret, send } from "./http.ts";

// Each starts several processes.
vi.setConfig({ testTimeout: 90_000 });

const databaseUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const secrets = {
  REQUIRE_ACTION_API_SECRET: apiSecret,
  REQUIRE_ACTION_ENGINE_SECRET: "engine-secret-engine-secret-engine!!",
  DATABASE_URL: databaseUrl,
};
const schemas: string[] = [];
let folder: string;
let policy: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-stores-"));
  policy = join(folder, "policy.json");
});
afterEach(killAll);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (noPostgres !== undefined) return;
  for (const schema of schemas) await ask(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
});

/** A policy whose one rule never matches, and asks for facts that no request tells. */
function writePolicy(outcome: string, file: string = policy): void {
  const conditions = {
    or: [{ endsWith: [{ var: "user.phoneNumber" }, "0"] }, { ">": [{ var: "velocity.payments" }, 100] }],
  };
  const rules = [{ ruleId: "never", name: "Never", priority: 1, type: "ALLOW", conditions }];
  const counters = [{ name: "payments", kind: "count", by: "user", window: "1h", actions: ["pay"] }];
  writeFileSync(file, JSON.stringify({ actions: { pay: { defaultOutcome: outcome, rules } }, counters }));
}

async function ask(text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function absent(service: string, error: unknown): string {
  if (process.env["REQUIRE_SERVICES"] === "1") throw error;
  const reason = `${service} is not there: ${error instanceof Error ? error.message : String(error)}`;
  console.warn(`SKIPPED: ${reason}`);
  return reason;
}

const noPostgres = await ask("SELECT 1").then(
  () => undefined,
  (error: unknown) => absent("PostgreSQL", error),
);
const noSqlite = ((): string | undefined => {
  try {
    openSqliteFile(":memory:").close();
    return undefined;
  } catch (error) {
    return absent("better-sqlite3", error);
  }
})();

/** A database of one's own, as flags. */
const databases = [
  {
    name: "SQLite",
    missing: noSqlite,
    create: () => ["--store", `sqlite:${join(folder, `${randomUUID()}.db`)}`],
  },
  {
    name: "PostgreSQL",
    missing: noPostgres,
    create() {
      const schema = `test_cli_${randomUUID().replaceAll("-", "")}`;
      schemas.push(schema);
      return ["--store", "env:DATABASE_URL", "--schema", schema];
    },
  },
] as const;

const serve = (...args: readonly string[]): Run => run(["serve", "--port", "0", "--policy", policy, ...args], secrets);
const sdkAt = (origin: string) => new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });

async function begin(origin: string): Promise<{ readonly token: string; readonly code: string }> {
  const sdk = sdkAt(origin);
  const attributes = { verificationMethod: "EMAIL_OTP" as never, email: "alice@bank.example" };
  await sdk.enrollVerifiedAuthenticator({ userId: "alice", attributes });
  const { token, state } = await sdk.track({ userId: "alice", action: "pay", attributes: {} });
  expect(state).toBe("CHALLENGE_REQUIRED");
  await send(`${origin}/v1/client/challenge/email-otp`, "POST", {}, { authorization: `Bearer ${token}` });
  return { token, code: (await send(`${origin}/dev/outbox`, "GET")).json.messages[0].code };
}

async function answer(origin: string, { token, code }: { token: string; code: string }): Promise<string> {
  const body = { verificationCode: code };
  const headers = { authorization: `Bearer ${token}` };
  return (await send(`${origin}/v1/client/verify/email-otp`, "POST", body, headers)).json.accessToken;
}

describe.each(databases)("a store on $name", ({ missing, create }) => {
  it.skipIf(missing)("F29: is made by several processes at once", async () => {
    const store = create();
    const ended = Array.from({ length: 4 }, () => run(["migrate", ...store], secrets).ended);
    for (const { code, errors } of await Promise.all(ended)) expect([code, errors]).toEqual([0, ""]);
    writePolicy("ALLOW");
    expect(await serve(...store).printed(ready)).toMatch(/^http/);
  });

  it.skipIf(missing)("survives a crash in the middle of a challenge, and is shared by processes", async () => {
    writePolicy("CHALLENGE");
    const store = create();
    const first = serve("--dev", "--migrate", ...store);
    const asked = await begin(await first.printed(ready));
    first.child.kill("SIGKILL");
    await first.ended;

    const [second, third] = [serve("--dev", ...store), serve("--dev", ...store)];
    const [one, other] = [await second.printed(ready), await third.printed(ready)];
    const wrong = await answer(other, { ...asked, code: asked.code === "000000" ? "111111" : "000000" });
    expect(wrong).toBeUndefined();
    const accessToken = await answer(one, asked);
    // A code is good once, whichever process is asked.
    expect(await answer(other, asked)).toBeUndefined();
    const request = { token: accessToken, userId: "alice", action: "pay" };
    expect(await sdkAt(other).validateChallenge(request)).toMatchObject({ isValid: true, userId: "alice" });

    writePolicy("BLOCK");
    await Promise.all([second.printed(/is in force/), third.printed(/is in force/)]);
    expect((await sdkAt(one).track({ userId: "alice", action: "pay", attributes: {} })).state).toBe("BLOCK");
    for (const server of [second, third]) server.child.kill("SIGTERM");
    for (const { ended } of [second, third]) expect(await ended).toMatchObject({ code: 0, errors: "" });

    // What was recorded is enough to judge it by another policy.
    const before = join(folder, "before.json");
    writePolicy("CHALLENGE", before);
    const { output } = await run(["policy", "backtest", policy, ...store, "--before", before], secrets).ended;
    expect(output).toContain("2 judged anew, 1 of them come out otherwise; 0 not judged.");
  });

  it.skipIf(missing)("gives codes to addresses, and has a console, whichever process is asked", async () => {
    writePolicy("CHALLENGE");
    const store = create();
    const servers = [serve("--dev", "--migrate", ...store), serve("--dev", "--migrate", ...store)];
    const [one = "", other = ""] = await Promise.all(servers.map(({ printed }) => printed(ready)));
    const email = "bob@bank.example";
    const sent = await sdkAt(one).challenge({ verificationMethod: "EMAIL_OTP" as never, action: "pay", email });
    const { code } = (await send(`${one}/dev/outbox`, "GET")).json.messages[0];
    const { challengeId } = sent as unknown as { challengeId: string };
    const verified = await sdkAt(other).verify({ challengeId, verificationCode: code });
    expect(verified).toMatchObject({ isVerified: true });
    expect(await sdkAt(one).claimChallenge({ challengeId, userId: "bob" })).toHaveProperty("token");
    await expect(sdkAt(other).claimChallenge({ challengeId, userId: "bob" })).rejects.toThrow();

    writePolicy("REVIEW");
    await Promise.all(servers.map(({ printed }) => printed(/is in force/)));
    const { idempotencyKey } = await sdkAt(one).track({ userId: "carol", action: "pay", attributes: {} });
    expect(await decideReview(other, await servers[1]!.printed(/password (\S+)\)/))).toContain("carol");
    const key = { userId: "carol", action: "pay", idempotencyKey };
    expect((await sdkAt(one).getAction(key))?.state).toBe("REVIEW_SUCCEEDED");
  });

  it.skipIf(missing)("has its tables made by any number of processes at once", async () => {
    writePolicy("ALLOW");
    const store = create();
    const servers = [serve("--migrate", ...store), serve("--migrate", ...store)];
    const migrations = [run(["migrate", ...store], secrets), run(["migrate", ...store], secrets)];
    for (const { ended } of migrations) {
      expect(await ended).toEqual({ code: 0, output: "The tables are up to date.\n", errors: "" });
    }
    for (const { printed } of servers) {
      const origin = await printed(ready);
      expect((await send(`${origin}/healthz`, "GET")).json).toEqual({ status: "ok" });
    }
  });

  it.skipIf(missing)(
    "C63: is refused while its tables are missing, and says where they are missing and what to run",
    async () => {
      writePolicy("ALLOW");
      const store = create();
      const tables = store.includes("--schema")
        ? `in schema "${store[store.indexOf("--schema") + 1]}"`
        : "in this file";
      expect(await serve(...store).ended).toEqual({
        code: 2,
        output: "",
        errors: `--store: the tables ${tables} are missing or old. Run require-action migrate with the same --store and --schema, or serve with --migrate.\n`,
      });
    },
  );
});

/** Signs in to the console as the reviewer of `--dev`, approves the first review, and answers with the queue as it was. */
async function decideReview(origin: string, password: string): Promise<string> {
  const jar = new Map<string, string>();
  const visit = async (path: string, form?: Record<string, string>): Promise<string> => {
    const response = await fetch(new URL(path, `${origin}/console/`), {
      redirect: "manual",
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form === undefined ? {} : { origin, "sec-fetch-site": "same-origin" }),
      },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return response.text();
  };
  const tokenOf = (page: string): string => /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "";
  let form = "";
  // The reviewer's password is hashed a moment after the start.
  while (form === "") form = tokenOf(await visit("sign-in"));
  await visit("sign-in", { formToken: form, reviewer: "reviewer", password });
  const queue = await visit("reviews");
  const [, cases = ""] = /\bcase\?id=([\w-]+)/.exec(queue) ?? [];
  await visit("decide", { formToken: tokenOf(queue), cases, decision: "approve" });
  return queue;
}

describe.skipIf(noPostgres)("PostgreSQL", () => {
  it("T33: is never told of with its URL, whatever is wrong", async () => {
    writePolicy("ALLOW");
    const at = (location: string) => run(["migrate", "--store", location], secrets).ended;
    const outcomes = [
      await at("postgres://somebody:sesame@127.0.0.1:1/bank"),
      await at("postgres://postgres:sesame@127.0.0.1:5432/no_such_database"),
      await at("postgres://somebody:sesame@[bank"),
      await run(["migrate", "--store", "postgres://postgres@127.0.0.1:5432/test", "postgres://u:sesame@h/d"]).ended,
      await at("env:postgres://somebody:sesame@127.0.0.1/bank"),
      await run(["migrate", "--store postgres://somebody:sesame@127.0.0.1/bank"]).ended,
    ];
    expect(outcomes.map(({ code }) => code)).toEqual([1, 1, 2, 2, 2, 2]);
    expect(outcomes[0]!.errors).toMatch(/can see the password.*\n--store: .*\(postgres: ECONNREFUSED\)\.\n$/s);
    expect(outcomes[1]!.errors).toContain("(postgres: 3D000)");
    for (const { errors, output } of outcomes) expect(output + errors).not.toMatch(/sesame|somebody/);
  });

  it("may lose its connections, and the server goes on", async () => {
    writePolicy("ALLOW");
    const [, , , schema] = databases[1].create();
    const name = `cli-test-${randomUUID()}`;
    const environment = { ...secrets, DATABASE_URL: `${databaseUrl}?application_name=${name}` };
    const flags = [
      "--store",
      "env:DATABASE_URL",
      "--schema",
      schema!,
      "--migrate",
      "--keep-days",
      "400",
      "--drain-seconds",
      "0",
      "--port",
      "0",
      "--policy",
      policy,
    ];
    const server = run(["serve", ...flags], environment);
    const origin = await server.printed(ready);
    const track = () => sdkAt(origin).track({ userId: "alice", action: "pay", attributes: {} });
    expect((await track()).state).toBe("ALLOW");
    const ended = await ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`,
    );
    expect(ended.length).toBeGreaterThan(0);
    expect(await server.printed(/A connection to the database broke \((\w+)\)/)).toBe("57P01");
    expect((await track()).state).toBe("ALLOW");
    // Out of reach altogether, until it is back.
    await ask(`ALTER SCHEMA "${schema}" RENAME TO "${schema}_gone"`);
    await expect(track()).rejects.toMatchObject({ statusCode: 503, errorCode: "unavailable" });
    expect((await send(`${origin}/healthz`, "GET")).status).toBe(503);
    await ask(`ALTER SCHEMA "${schema}_gone" RENAME TO "${schema}"`);
    expect((await track()).state).toBe("ALLOW");
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(await ask(`SELECT 1 FROM pg_stat_activity WHERE application_name = '${name}'`)).toEqual([]);
  });

  it("has a replica for the console's lists, which is not missed when it is away", async () => {
    writePolicy("REVIEW");
    const name = `cli-test-${randomUUID()}`;
    const replicas = [`${databaseUrl}?application_name=${name}`, "postgres://somebody:sesame@127.0.0.1:1/bank"];
    const asked = `SELECT query FROM pg_stat_activity WHERE application_name = '${name}' AND query LIKE 'SELECT%LIMIT%'`;
    for (const [index, REPLICA_URL] of replicas.entries()) {
      const store = databases[1].create();
      const flags = [...store, "--migrate", "--read-replica", "env:REPLICA_URL", "--port", "0", "--policy", policy];
      const server = run(["serve", "--dev", ...flags], { ...secrets, REPLICA_URL });
      const origin = await server.printed(ready);
      const { idempotencyKey } = await sdkAt(origin).track({ userId: "carol", action: "pay", attributes: {} });
      // Nothing is asked of it but lists.
      if (index === 0) expect(await ask(asked)).toEqual([]);
      expect(await decideReview(origin, await server.printed(/password (\S+)\)/))).toContain("carol");
      if (index === 0) expect((await ask(asked)).length).toBeGreaterThan(0);
      else await server.printed(/RA_POSTGRES_READ_POOL/);
      const key = { userId: "carol", action: "pay", idempotencyKey };
      expect((await sdkAt(origin).getAction(key))?.state).toBe("REVIEW_SUCCEEDED");
      server.child.kill("SIGTERM");
      const { code, errors } = await server.ended;
      expect(code).toBe(0);
      expect(errors).not.toMatch(/sesame|somebody/);
    }
  });

  it("T58: is refused by a process whose clock is an hour ahead", async () => {
    const [, , , schema = ""] = databases[1].create();
    const script = "const { now } = Date; Date.now = () => now() + 3_600_000;";
    const flags = ["--import", `data:text/javascript,${encodeURIComponent(script)}`];
    const args = ["serve", "--policy", policy, "--store", "env:DATABASE_URL", "--schema", schema, "--migrate"];
    writePolicy("ALLOW");
    const { code, errors } = await run(args, secrets, "", flags).ended;
    expect([code, errors]).toEqual([2, expect.stringMatching(/^--warn-check clock: .* 3600 s ahead of the server's/)]);
  });

  it("needs the pg package", async () => {
    const hooks = `export async function resolve(specifier, context, next) {
      if (specifier !== "pg") return next(specifier, context);
      throw Object.assign(new Error("none"), { code: "ERR_MODULE_NOT_FOUND" });
    }`;
    const file = join(folder, "without-pg.mjs");
    const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
    writeFileSync(file, `import { register } from "node:module"; register(${JSON.stringify(url)});`);
    const { code, errors } = await run(["migrate", "--store", "env:DATABASE_URL"], secrets, "", ["--import", file])
      .ended;
    expect([code, errors]).toEqual([2, "--store postgres: needs the pg package. Run npm install pg.\n"]);
  });
});

describe.skipIf(noSqlite)("SQLite", () => {
  it("makes no file but where tables are to be made", async () => {
    writePolicy("ALLOW");
    const file = join(folder, "none.db");
    expect((await run(["policy", "backtest", policy, "--store", `sqlite:${file}`]).ended).code).toBe(2);
    expect(existsSync(file)).toBe(false);
  });

  it("says so of a file that cannot be opened, or made", async () => {
    const at = (file: string) => run(["migrate", "--store", `sqlite:${file}`]).ended;
    const [isFolder, inNoFolder] = await Promise.all([at(folder), at(join(folder, "none", "x.db"))]);
    expect([isFolder.code, inNoFolder.code]).toEqual([1, 1]);
    expect(isFolder.errors).toMatch(/^--store sqlite:\S+: the file cannot be opened \(SQLITE_CANTOPEN\)/);
    expect(inNoFolder.errors).toMatch(/^--store sqlite:\S+x\.db: there is no such folder\.\n$/);
  });

  it("is not a file of something else", async () => {
    const file = join(folder, "other.db");
    writeFileSync(file, "not a database ".repeat(100));
    const { code, errors } = await run(["migrate", "--store", `sqlite:${file}`]).ended;
    expect(code).toBe(1);
    expect(errors).toContain("SQLITE_NOTADB");
  });
});
