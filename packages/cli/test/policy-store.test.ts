import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@require-action/sql";
import { POLICY_FORMAT } from "@require-action/engine/policy";
import { expectWarning } from "@require-action-test/support/warnings";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { noSqlite, openSqliteFile } from "../../sql/test/databases.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret, send } from "./http.ts";
import { runHere, serveSettings } from "./run-here.ts";

const environment = {
  REQUIRE_ACTION_API_SECRET: apiSecret,
  REQUIRE_ACTION_ENGINE_SECRET: "engine-secret-engine-secret-engine!!",
};
let folder: string;
let files = 0;
const stops: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-policy-store-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

function policyFile(defaultOutcome: string, rest: object = {}): string {
  const file = join(folder, `policy-${files++}.json`);
  writeFileSync(file, JSON.stringify({ actions: { pay: { defaultOutcome } }, ...rest }));
  return file;
}

/** A store with its tables, as `--store` names it. */
async function emptyStore(): Promise<string> {
  const store = `sqlite:${join(folder, `store-${files++}.db`)}`;
  expect(await runHere(["migrate", "--store", store])).toMatchObject({ code: 0 });
  return store;
}

const policyCommand = (command: string, store: string, ...args: readonly string[]) =>
  runHere(["policy", command, ...args, "--store", store]);

/** Serves from a store, as the command does. */
async function serveFrom(store: string, ...args: readonly string[]): Promise<{ lines: string[]; origin: string }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const given = ["--port", "0", "--store", store, "--policy-store", ...args];
  stops.push(await serve(await serveSettings(given, environment), { write: print, warn: print }));
  const ready = lines.find((line) => line.includes("is ready at"));
  return { lines, origin: /http:\S+/.exec(ready ?? "")?.[0] ?? "" };
}

async function decide(origin: string): Promise<string> {
  const authorization = `Basic ${btoa(`${apiSecret}:`)}`;
  const { json } = await send(`${origin}/v1/users/alice/actions/pay`, "POST", {}, { authorization });
  return json.state as string;
}

/** Adds a version to a store as a process does that is not of this code. */
async function publishRaw(store: string, change: object): Promise<void> {
  const database = openSqliteFile(store.replace("sqlite:", ""));
  onTestFinished(() => void database.close());
  const policy = { version: "another", format: POLICY_FORMAT, source: "actions: {}", publishedAt: 0, ...change };
  await createSqliteStore(database).addPolicy(policy, { type: "policy.published", at: 0 });
}

describe.skipIf(noSqlite)("policy publish, versions and show", () => {
  it("publish what is new, list it and print it as it was written", async () => {
    const store = await emptyStore();
    expect(await policyCommand("versions", store)).toEqual({
      code: 0,
      output: "",
      errors: "The store has no policy yet.\n",
    });
    const [first, second] = [policyFile("ALLOW"), policyFile("REVIEW")];
    const publish = (file: string, ...args: readonly string[]) => policyCommand("publish", store, file, ...args);
    expect(await publish(first, "--actor", "olga")).toEqual({
      code: 0,
      output: `${first} is version 1 of the policy.\n`,
      errors: "",
    });
    expect((await publish(first)).output).toBe(`${first} is already version 1 of the policy.\n`);
    expect((await publish(second)).output).toBe(`${second} is version 2 of the policy.\n`);
    const { output } = await policyCommand("versions", store);
    expect(output).toMatch(/^ +2 {2}\S+Z {2}[\w-]{43}\n +1 {2}\S+Z {2}[\w-]{43} {2}olga\n$/);
    expect((await policyCommand("show", store)).output).toBe('{"actions":{"pay":{"defaultOutcome":"REVIEW"}}}\n');
    expect((await policyCommand("show", store, "1")).output).toBe('{"actions":{"pay":{"defaultOutcome":"ALLOW"}}}\n');
  });

  it("publish nothing that is wrong, with its place, nor on an expectation that does not hold", async () => {
    const store = await emptyStore();
    const wrong = policyFile("MAYBE");
    const refused = await policyCommand("publish", store, wrong);
    expect(refused).toMatchObject({ code: 1, output: "" });
    expect(refused.errors).toContain(`${wrong} has mistakes:\n  1:20  actions.pay.defaultOutcome: `);
    const file = policyFile("ALLOW");
    expect(await policyCommand("publish", store, file, "--expect", "1")).toEqual({
      code: 1,
      output: "",
      errors: `${file} is not published: there is none, and --expect says 1.\n`,
    });
    expect(await policyCommand("publish", store, file, "--expect", "0")).toMatchObject({ code: 0 });
    expect((await policyCommand("publish", store, policyFile("BLOCK"), "--expect", "0")).errors).toContain(
      "the newest is version 1, and --expect says 0.",
    );
    expect(await policyCommand("show", store, "2")).toEqual({
      code: 1,
      output: "",
      errors: "The store has no version 2 of the policy.\n",
    });
  });

  it.each([
    ["--store memory keeps no policy.", ["publish", "a.json", "--store", "memory"]],
    ["NUMBER must be the number of a version.", ["show", "last", "--store", "sqlite:a.db"]],
    ["--expect must be the number of a version.", ["publish", "a.json", "--store", "sqlite:a.db", "--expect", "-1"]],
    ["--actor must be an id of 1 to 256 bytes.", ["publish", "a.json", "--store", "sqlite:a.db", "--actor", ""]],
  ])("say what is wrong with a command: %s", async (errors, args) => {
    expect(await runHere(["policy", ...args])).toEqual({ code: 2, output: "", errors: `${errors}\n` });
  });
});

describe.skipIf(noSqlite)("serve --policy-store", () => {
  it("goes over to what is published, while the file changes nothing", async () => {
    const store = await emptyStore();
    const [first, other] = [policyFile("REVIEW"), policyFile("ALLOW")];
    const one = await serveFrom(store, "--policy", first);
    expect(one.lines[0]).toBe(`${first} is published as version 1 of the policy.`);
    // Another one that starts with a file of its own.
    const two = await serveFrom(store, "--policy", other);
    expect(two.lines[0]).toMatch(/^\S+ is not the policy in force, which is version 1 in the store\. /);
    const three = await serveFrom(store);
    const all = [one, two, three];
    expect(await Promise.all(all.map(({ origin }) => decide(origin)))).toEqual(all.map(() => "REVIEW_REQUIRED"));
    await policyCommand("publish", store, policyFile("BLOCK"));
    for (const { lines } of all) {
      await expect.poll(() => lines, { timeout: 20_000 }).toContain("Version 2 of the policy is in force.");
    }
    expect(await Promise.all(all.map(({ origin }) => decide(origin)))).toEqual(all.map(() => "BLOCK"));
  });

  it("keeps what it decides by when it cannot use what is published, and is not ready then", async () => {
    const store = await emptyStore();
    const { origin } = await serveFrom(store, "--policy", policyFile("REVIEW"));
    await publishRaw(store, { format: POLICY_FORMAT + 1 });
    expectWarning("RA_POLICY_REFUSED");
    const ready = async (): Promise<number> => (await send(`${origin}/readyz`, "GET")).status;
    await expect.poll(ready, { timeout: 20_000 }).toBe(503);
    expect((await send(`${origin}/healthz`, "GET")).json).toEqual({ status: "degraded", reason: "policy_refused" });
    expect(await decide(origin)).toBe("REVIEW_REQUIRED");
    await policyCommand("publish", store, policyFile("BLOCK"));
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
    expect(await decide(origin)).toBe("BLOCK");
  });

  it.each([
    [
      "a newer one",
      { format: POLICY_FORMAT + 1 },
      "version 1 of the policy needs a newer require-action: install that.",
    ],
    [
      "one with mistakes",
      { source: "actions: { pay: { defaultOutcome: MAYBE } }" },
      "version 1 in the store has mistakes:\n  1:19  actions.pay.defaultOutcome: ",
    ],
  ])("does not start with %s in the store", async (_what, change, message) => {
    const store = await emptyStore();
    await publishRaw(store, change);
    await expect(serveFrom(store)).rejects.toThrow(`--policy-store: ${message}`);
  });

  it("does not start with one that was changed in the store", async () => {
    const store = await emptyStore();
    await publishRaw(store, { source: "actions: { pay: { defaultOutcome: ALLOW } }" });
    expectWarning("RA_POLICY_REFUSED");
    await expect(serveFrom(store)).rejects.toThrow(
      "--policy-store: version 1 of the policy cannot be used (content_changed).",
    );
  });

  it("does not start without any policy, with a wrong file, or in memory", async () => {
    const store = await emptyStore();
    await expect(serveFrom(store)).rejects.toThrow("--policy-store: the store has no policy yet. ");
    const wrong = policyFile("MAYBE");
    await expect(serveFrom(store, "--policy", wrong)).rejects.toThrow(`--policy ${wrong} has mistakes:`);
    await expect(serveFrom("memory", "--policy", policyFile("ALLOW"))).rejects.toThrow(
      "--policy-store needs a store that processes share",
    );
    await expect(serveSettings(["--port", "0"], environment)).rejects.toThrow("--policy FILE is missing.");
  });
});
