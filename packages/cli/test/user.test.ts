import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../src/serve/serve.ts";
import { apiSecret, basic, send } from "./http.ts";
import { runHere, serveSettings } from "./run-here.ts";

const environment = { REQUIRE_ACTION_API_SECRET: apiSecret };
const otpUri = "otpauth://totp/bank:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank";

describe("require-action user", () => {
  let folder: string;
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "require-action-user-"));
    const policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify({ actions: { pay: { defaultOutcome: "CHALLENGE" } } }));
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const settings = await serveSettings(["--port", "0", "--policy", policy], environment);
    stop = await serve(settings, { write: print, warn: print });
    url = /http:\S+/.exec(lines.join(" "))?.[0] ?? "";
    const call = (path: string, method: string, body: object) =>
      send(`${url}/v1${path}`, method, body, { authorization: basic(apiSecret) });
    await call("/users/alice", "PATCH", { email: "alice@bank.example", username: "al\u202e" });
    await call("/users/alice/authenticators", "POST", { verificationMethod: "AUTHENTICATOR_APP", otpUri });
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const user = (words: readonly string[], given: Readonly<Record<string, string>> = environment, at = url) =>
    runHere(["user", ...words, "--url", at], { environment: given });

  it("finds, shows, unlocks and removes, with a reason", async () => {
    const found = await user(["find", "alice@bank.example"]);
    expect(found).toEqual({ code: 0, errors: "", output: "alice  alice@bank.example  al\\u{202e}\n" });
    const shown = await user(["show", "alice"], environment, `${url}/v1/`);
    const [, id = ""] = /AUTHENTICATOR_APP {2}(\S+)/.exec(shown.output) ?? [];
    const why = ["--reason", "called", "--actor", "olga"];
    expect(await user(["unlock", "alice", ...why])).toEqual({ code: 0, output: "Done.\n", errors: "" });
    expect(await user(["unlock", "alice", id, ...why])).toMatchObject({ code: 0 });
    expect(await user(["end-sessions", "alice", ...why])).toMatchObject({ code: 0 });
    expect(await user(["remove-authenticator", "alice", id, ...why])).toMatchObject({ code: 0 });
    expect((await user(["show", "alice"])).output).not.toContain("AUTHENTICATOR_APP");
    expect(await user(["show", "nobody"])).toMatchObject({ code: 0, output: "" });
  });

  it.each([
    ["Nobody is found by that.", ["find", "nobody"], environment, undefined],
    ["The user has no such authenticator.", ["unlock", "alice", "x", "--reason", "y"], environment, undefined],
    ["The user has no such device.", ["revoke-device", "alice", "x", "--reason", "y"], environment, undefined],
    ["reason must be one line", ["unlock", "alice", "--reason", "a\nb"], environment, undefined],
    ["--reason TEXT is missing.", ["unlock", "alice"], environment, undefined],
    ["REQUIRE_ACTION_API_SECRET is not set.", ["show", "alice"], {}, undefined],
    ["unauthorized", ["show", "alice"], { REQUIRE_ACTION_API_SECRET: "another-api-secret" }, undefined],
    ["the server cannot be reached (ECONNREFUSED)", ["show", "alice"], environment, "http://127.0.0.1:65000"],
    ["--url must be a URL", ["show", "alice"], environment, "file:///etc/passwd"],
  ])("says what is wrong: %s", async (message, words, given, at) => {
    const { code, output, errors } = await user(words, given as Record<string, string>, at);
    expect(code).toBeGreaterThan(0);
    expect(output).toBe("");
    expect(errors).toContain(message);
    expect(errors).not.toContain(apiSecret);
  });
});
