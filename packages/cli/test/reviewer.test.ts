import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSoftwareAuthenticator } from "@require-action-test/support/software-authenticator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noSqlite } from "../../sql/test/databases.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret } from "./http.ts";
import { runHere, serveSettings } from "./run-here.ts";

const environment = {
  REQUIRE_ACTION_API_SECRET: apiSecret,
  REQUIRE_ACTION_ENGINE_SECRET: "engine-secret-engine-secret-engine!!",
};
const url = "http://localhost/console";

describe.skipIf(noSqlite)("require-action reviewer", () => {
  let folder: string;
  let policy: string;
  let store: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "require-action-reviewer-"));
    policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify({ actions: { pay: { defaultOutcome: "REVIEW" } } }));
    store = ["--store", `sqlite:${join(folder, "store.db")}`];
    await runHere(["migrate", ...store]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const reviewer = (words: readonly string[], given: Readonly<Record<string, string>> = environment) =>
    runHere(["reviewer", ...words, ...store], { environment: given });

  it("T64: invites by a link that makes a passkey at the server, and lists and removes", async () => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const args = ["--port", "0", "--policy", policy, "--console", ...store];
    const stop = await serve(await serveSettings(args, environment), { write: print, warn: print });
    try {
      const port = /:(\d+) /.exec(lines.join(" "))?.[1] ?? "";
      const console = `http://localhost:${port}/console`;
      const invite = ["invite", "olga", "--role", "administer", "--no-user", "--console-url", `${console}/`];
      const { code, output, errors } = await reviewer(invite);
      expect({ code, errors }).toMatchObject({
        code: 0,
        errors: expect.stringContaining("The link for olga") as string,
      });
      const [link, token = ""] = output.trim().split("#");
      expect(link).toBe(`${console}/invitation`);
      const authenticator = createSoftwareAuthenticator({ rpId: "localhost", origin: `http://localhost:${port}` });
      const cookies = new Map<string, string>();
      const send = async (path: string, form?: Record<string, string>) => {
        const response = await fetch(`${console}/${path}`, {
          redirect: "manual",
          headers: { cookie: [...cookies].map((one) => one.join("=")).join("; ") },
          ...(form && { method: "POST", body: new URLSearchParams(form) }),
        });
        for (const one of response.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
          cookies.set(name, value);
        }
        return { status: response.status, text: await response.text() };
      };
      const fieldsOf = (text: string) =>
        Object.fromEntries(
          [...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
        );
      const opened = await send("invitation", { ...fieldsOf((await send("invitation")).text), token });
      const [, options = ""] = /data-options="([^"]*)"/.exec(opened.text) ?? [];
      const { response } = authenticator.create(JSON.parse(options.replaceAll("&quot;", '"')) as never);
      const accepted = { ...fieldsOf(opened.text), answer: JSON.stringify(response) };
      expect((await send("invitation-passkey", accepted)).status).toBe(303);
      expect((await send("reviewers")).text).toContain("olga");
    } finally {
      await stop();
    }
    expect((await reviewer(["list"])).output).toBe("olga  administer  1 passkeys  no user\n");
    expect(await reviewer(["remove", "olga", "--reason", "has left"])).toMatchObject({
      code: 0,
      output: "olga is removed.\n",
    });
    expect(await reviewer(["list"])).toMatchObject({ code: 0, output: "", errors: "There are no reviewers yet.\n" });
  });

  const invite = ["invite", "bob", "--console-url", url];
  it.each([
    ["A new reviewer needs --role.", [...invite, "--no-user"], environment],
    [
      "A new reviewer needs --user ID for each account of this person, or --no-user.",
      [...invite, "--role", "look"],
      environment,
    ],
    ["role must be one of look, decide, administer.", [...invite, "--no-user", "--role", "root"], environment],
    ["There is no such reviewer or passkey.", ["remove", "bob", "--reason", "x"], environment],
    ["REQUIRE_ACTION_ENGINE_SECRET: must be", ["list"], { REQUIRE_ACTION_ENGINE_SECRET: "short" }],
    ["REQUIRE_ACTION_ENGINE_SECRET is not set", ["list"], {}],
    ["--console-url must be the console's URL", ["invite", "bob", "--console-url", "http://bank.example"], environment],
    [
      "--console-url must be the console's URL",
      ["invite", "bob", "--console-url", "https://bank.example/?a=b"],
      environment,
    ],
    ["--user must be an id", [...invite, "--role", "look", "--user", ""], environment],
  ])("refuses with %s", async (message, words, given) => {
    const { code, output, errors } = await reviewer(words, given as Record<string, string>);
    expect(code).toBeGreaterThan(0);
    expect(output).toBe("");
    expect(errors).toContain(message);
  });

  it("says which users a reviewer is, and keeps what is not named", async () => {
    const link = await reviewer([...invite, "--role", "decide", "--user", "b-1", "--user", "b-2"]);
    expect(link.code).toBe(0);
    expect((await reviewer(invite)).code).toBe(0);
    expect((await reviewer(["list"])).output).toBe("bob  decide  0 passkeys  b-1 b-2\n");
  });

  it("is told by serve where reviewers go, and that memory is no place to be invited to", async () => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const args = ["--port", "0", "--policy", policy, "--console"];
    const start = async (...more: readonly string[]) =>
      serve(await serveSettings([...args, ...more], environment), { write: print, warn: print });
    await expect(start()).rejects.toThrow("--console needs a store that processes share");
    const stop = await start(...store, "--admin-port", "0", "--console-url", "https://console.bank.example/console/");
    await stop();
    expect(lines).toContain("Reviewers open the console at https://console.bank.example/console");
  });

  it("has nothing to do with a store in memory", async () => {
    const ran = await runHere(["reviewer", "list", "--store", "memory"], { environment });
    expect(ran).toMatchObject({ code: 2, errors: expect.stringContaining("--store memory") as string });
  });
});
