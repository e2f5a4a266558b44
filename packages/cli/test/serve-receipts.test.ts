import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authsignal } from "@authsignal/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "../src/serve/serve.ts";
import { apiSecret } from "./http.ts";
import { runHere, serveSettings } from "./run-here.ts";

const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const keys = JSON.stringify({ keys: [jwk] });
const engineSecret = "engine-secret-engine-secret-engine!!";
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-receipts-"));
  writeFileSync(join(folder, "policy.json"), JSON.stringify({ actions: { pay: { defaultOutcome: "ALLOW" } } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(given: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const environment = {
    REQUIRE_ACTION_API_SECRET: apiSecret,
    REQUIRE_ACTION_ENGINE_SECRET: engineSecret,
    ...given,
  };
  const all = ["--port", "0", "--policy", join(folder, "policy.json"), ...args];
  const stop = await serve(await serveSettings(all, environment), { write: print, warn: print });
  return { stop, lines, origin: /http:\S+/.exec(lines.find((line) => line.includes("is ready")) ?? "")?.[0] ?? "" };
}

it("T70: serve --receipts keeps what receipts verify verifies, by the key set that the server publishes", async () => {
  const store = `sqlite:${join(folder, "receipts.db")}`;
  const file = join(folder, "keys.json");
  writeFileSync(file, `${keys}\n`);
  const given = { REQUIRE_ACTION_RECEIPT_KEYS_FILE: file };
  const { stop, lines, origin } = await run(given, "--store", store, "--migrate", "--receipts", "approved");
  const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 });
  expect((await sdk.track({ userId: "alice", action: "pay" })).state).toBe("ALLOW");
  const jwks = await (await fetch(`${origin}/v1/client/public/require-action/.well-known/receipts-jwks`)).text();
  expect(jwks).toContain(String(jwk.x));
  expect(jwks).not.toContain(String(jwk.d));
  // What waits is chained at the end.
  await stop();
  expect(lines.join()).not.toContain(String(jwk.d));
  const { output } = await runHere(["receipts", "export", "--store", store]);
  const [receipts, set] = [join(folder, "receipts.jsonl"), join(folder, "jwks.json")];
  writeFileSync(receipts, output);
  writeFileSync(set, jwks);
  const verified = await runHere(["receipts", "verify", receipts, "--jwks", set, "--rp-id", "localhost"]);
  expect(verified.output).toContain("the policy decided ALLOW about pay of alice");
  expect(verified.output).toMatch(/All 2 lines hold/);
  expect(verified.code).toBe(0);
});

it.each([
  ["without keys", {}, /^--receipts needs REQUIRE_ACTION_RECEIPT_KEYS\.$/],
  ["with what is no key set", { REQUIRE_ACTION_RECEIPT_KEYS: "sesame" }, /^REQUIRE_ACTION_RECEIPT_KEYS must be a JSON/],
  ["with a list", { REQUIRE_ACTION_RECEIPT_KEYS: "[]" }, /^REQUIRE_ACTION_RECEIPT_KEYS must be a JSON/],
  ["without any key", { REQUIRE_ACTION_RECEIPT_KEYS: '{"keys":[]}' }, /^REQUIRE_ACTION_RECEIPT_KEYS: /],
  [
    "with a public key",
    { REQUIRE_ACTION_RECEIPT_KEYS: JSON.stringify({ keys: [{ ...jwk, d: undefined }] }) },
    /^REQUIRE_ACTION_RECEIPT_KEYS\[0\]: must be a private key/,
  ],
] as const)("refuses --receipts %s", async (_what, environment, message) => {
  const store = `sqlite:${join(folder, "other.db")}`;
  await expect(run(environment, "--store", store, "--migrate", "--receipts", "all")).rejects.toThrow(message);
});

it("refuses --receipts where they would go with the process, and any other word", async () => {
  const given = { REQUIRE_ACTION_RECEIPT_KEYS: keys };
  await expect(run(given, "--receipts", "all")).rejects.toThrow("--receipts needs a store that lasts");
  await expect(run(given, "--receipts", "some")).rejects.toThrow("--receipts must be approved or all.");
});
