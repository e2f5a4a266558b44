import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { send } from "@require-action-test/support/send";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rewriteSource } from "../src/policy/rewrite-source.ts";
import { serve } from "../src/serve/serve.ts";
import { apiSecret, basic } from "./http.ts";
import { serveSettings } from "./run-here.ts";

const yaml = `# The bank's own.
actions:
  sign-in:
    defaultOutcome: ALLOW # every day
    rules:
      # Asked for by the fraud team.
      - ruleId: blocked
        name: Blocked
        priority: 1
        type: BLOCK
        conditions: { in: [ { var: user.id }, { var: lists.blocked } ] }
lists:
  blocked: [ mallory ] # never again
`;

describe("require-action serve --dev and the Management API", () => {
  let folder: string;
  let stop: (() => Promise<void>) | undefined;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "require-action-"))));
  afterEach(async () => {
    await stop?.();
    stop = undefined;
    rmSync(folder, { recursive: true });
  });

  async function run(file: string, ...flags: readonly string[]) {
    const environment = { REQUIRE_ACTION_API_SECRET: apiSecret, REQUIRE_ACTION_ENGINE_SECRET: "s".repeat(32) };
    const settings = await serveSettings(["--port", "0", "--policy", file, ...flags], environment);
    const written: string[] = [];
    const terminal = { write: (line: string) => void written.push(line), warn: () => {} };
    stop = await serve(settings, terminal, environment);
    const origin = /http:\S+/.exec(written[0] ?? "")?.[0] ?? "";
    return (method: string, path: string, body?: unknown) =>
      send(`${origin}/v1${path}`, method, body, { authorization: basic(apiSecret) });
  }

  it("S19: writes changes into the file, in its own language, and decides by them at once", async () => {
    const [file, link] = [join(folder, "policy.yaml"), join(folder, "link.yaml")];
    writeFileSync(file, yaml, { mode: 0o640 });
    symlinkSync(file, link);
    const call = await run(link, "--dev");
    const rules = "/management/action-configurations/sign-in/rules";
    const rule = {
      name: "New device",
      isActive: true,
      priority: 2,
      type: "CHALLENGE",
      conditions: { var: "device.isNew" },
    };
    const { json } = await call("POST", rules, rule);
    const track = async () =>
      (await call("POST", "/users/alice/actions/sign-in", { deviceId: "a" })).json.requireAction;
    expect(await track()).toEqual({ outcome: "CHALLENGE" });
    const added = readFileSync(file, "utf8");
    expect(added).toContain(`ruleId: ${json.ruleId}`);
    for (const [comment] of yaml.matchAll(/#.*/g)) expect(added).toContain(comment);
    expect(statSync(file).mode & 0o777).toBe(0o640);

    const refused = await call("PATCH", `${rules}/${json.ruleId}`, { type: "DENY" });
    expect([refused.status, readFileSync(file, "utf8")]).toEqual([400, added]);
    await call("DELETE", `${rules}/${json.ruleId}`);
    expect(readFileSync(file, "utf8")).toBe(yaml);
    expect(await track()).toEqual({ outcome: "ALLOW" });
  });

  it("S19: says what is wrong with a file that was changed by hand meanwhile", async () => {
    const file = join(folder, "policy.yaml");
    writeFileSync(file, yaml);
    const call = await run(file, "--dev");
    writeFileSync(file, yaml.replace("BLOCK", "BLCK"));
    const answer = await call("POST", "/management/value-lists", { name: "New" });
    expect(answer).toMatchObject({
      status: 400,
      json: { errorDescription: expect.stringContaining("actions.sign-in.rules[0].type") },
    });
  });

  it("S19: refuses changes without --dev", async () => {
    const file = join(folder, "policy.yaml");
    writeFileSync(file, yaml);
    const call = await run(file);
    expect(await call("DELETE", "/management/action-configurations/sign-in")).toMatchObject({
      status: 400,
      json: { errorCode: "not_supported", errorDescription: expect.stringContaining("--dev") },
    });
    expect(readFileSync(file, "utf8")).toBe(yaml);
  });
});

describe("a policy that is written anew", () => {
  it("S19: keeps the indentation of JSON", () => {
    const text = '{\n    "actions": {\n        "a": { "defaultOutcome": "ALLOW" }\n    }\n}\n';
    const value = { actions: { a: { defaultOutcome: "BLOCK" } } };
    expect(rewriteSource("policy.json", text, value)).toBe(`${JSON.stringify(value, null, 4)}\n`);
  });

  it("S19: keeps comments beside what is changed, added and taken away", () => {
    const text =
      "# top\nlists:\n  # one\n  a: [x, y] # of a\n  b: [z]\n  c:\n    - 1 # first\n    - 2\n    - 3 # last\n";
    const value = { lists: { a: ["x", "q"], c: [1, 3], d: ["new"] } };
    expect(rewriteSource("policy.yaml", text, value)).toBe(
      "# top\nlists:\n  # one\n  a: [ x, q ] # of a\n  c:\n    - 1 # first\n    - 3 # last\n  d:\n    - new\n",
    );
  });

  it("S19: says the same where parts are shared by anchors", () => {
    const text = "actions:\n  a: &shared { defaultOutcome: ALLOW }\n  b: *shared\n";
    const value = { actions: { a: { defaultOutcome: "ALLOW" }, b: { defaultOutcome: "BLOCK" } } };
    const written = rewriteSource("policy.yaml", text, value);
    expect(rewriteSource("policy.json", "{}", JSON.parse(JSON.stringify(value)))).toContain("BLOCK");
    expect(written).not.toContain("*shared");
    expect(written.match(/ALLOW|BLOCK/g)).toEqual(["ALLOW", "BLOCK"]);
  });
});
