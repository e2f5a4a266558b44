import { generateKeyPairSync } from "node:crypto";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createServer, hashPassword } from "@require-action/server";
import { createSoftwareAuthenticator } from "@require-action-test/support/software-authenticator";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ConsoleBrowser } from "../../server/test/console-harness.ts";
import { readKeySet } from "../src/receipts/receipt-line.ts";
import { verifyReceipts } from "../src/receipts/verify-receipts.ts";

vi.mock("node:crypto", async (original) =>
  (await import("../../server/test/cheap-scrypt.ts")).withCheapScrypt(original),
);

const rpId = "bank.example";
const origin = "https://www.bank.example";
const never = { signal: new AbortController().signal };
const password = "correct horse";

const receipts = { keys: [generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as never] };

function createBank(kept: Partial<Parameters<typeof createEngine>[0]> = { receipts }) {
  const store = createMemoryStore();
  const actions = { pay: { defaultOutcome: "CHALLENGE" }, close: { defaultOutcome: "REVIEW" } } as const;
  const engine = createEngine({
    policy: { actions, dataPoints: [{ name: "payee", type: "text", optional: true }] },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example",
    passkeys: { rpId, origins: [origin] },
    store,
    ...kept,
  });
  return { engine, store };
}

async function signedIn({ engine, store }: ReturnType<typeof createBank>, role: "look" | "decide" = "look") {
  const reviewers = [{ id: "rita", passwordHash: await hashPassword(password), role }];
  const apiSecrets = ["an-api-secret-of-the-tests"];
  const options = { apiSecrets, tenantId: "bank", store, console: { reviewers, secureCookies: false } };
  const browser = new ConsoleBrowser(createServer(engine, options), "http://localhost/console/");
  await browser.send("POST", "sign-in", { formToken: await browser.formToken("sign-in"), reviewer: "rita", password });
  return browser;
}

// The chain is written when the tests say so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

let keys = 0;

async function ask(engine: Engine, userId: string, action = "pay") {
  const key = { userId, action, idempotencyKey: `key-${++keys}` };
  const attributes = { idempotencyKey: key.idempotencyKey, custom: { payee: `${userId}'s <b>friend</b>` } };
  const { token = "" } = await engine.track({ ...key, attributes, boundFields: ["payee"] }, never);
  return { key, token };
}

/** Has a payment approved by a passkey, with what its user is shown, and run. */
async function pay(engine: Engine, userId: string) {
  const authenticator = createSoftwareAuthenticator({ rpId, origin });
  const first = await ask(engine, userId);
  const { options } = await engine.challenges.enroll(first.token, "PASSKEY", {});
  const { response, passkey } = authenticator.create(options as never);
  await engine.challenges.verify(first.token, "PASSKEY", response);
  const { key, token } = await ask(engine, userId);
  const shown = { locale: "en", text: `Pay\n${userId}'s friend` };
  const { options: asked } = await engine.challenges.send(token, "PASSKEY", { shown });
  const { accessToken = "" } = await engine.challenges.verify(token, "PASSKEY", passkey.get(asked as never));
  return { key, accessToken };
}

async function execute(engine: Engine, { key, accessToken }: Awaited<ReturnType<typeof pay>>): Promise<void> {
  const { receipt = "" } = await engine.validateChallenge({ token: accessToken, ...key }, never);
  await engine.recordExecution?.({ receipt }, never);
}

const caseOf = async (engine: Engine, key: Parameters<Engine["actions"]["find"]>[0]): Promise<string> =>
  (await engine.actions.find(key))?.actionId ?? "";

it("T70: the console shows what was signed, by whom, and whether it ran, and hands out its receipt, which holds", async () => {
  const bank = createBank();
  const { engine } = bank;
  const paid = await pay(engine, "alice");
  await pay(engine, "bob");
  const id = await caseOf(engine, paid.key);
  const browser = await signedIn(bank);
  const before = (await browser.send("GET", `case?id=${id}`)).text;
  expect(before).toContain("waits for its number");
  expect(before).toContain("No guard has handed it to its handler.");
  await execute(engine, paid);
  await engine.receipts!.chain();
  const { text } = await browser.send("GET", `case?id=${id}`);
  expect(text).toMatch(/A passkey of <strong>alice<\/strong> signed this, on\s+https:\/\/www\.bank\.example\./);
  expect(text).toContain("alice&#39;s &lt;b&gt;friend&lt;/b&gt;");
  expect(text).toMatch(/Pay<br \/>alice&#39;s friend<br \/>/);
  expect(text).toContain("Executed: handed to its handler, once");
  expect(text).toMatch(/no\. \d+, covered by a signed head/);
  expect(text).not.toContain("waits for its number");

  const file = await browser.send("GET", `receipt?id=${id}`);
  expect(file.status).toBe(200);
  expect(file.headers.get("content-disposition")).toBe(`attachment; filename="receipt-${id}.jsonl"`);
  expect(file.text).not.toContain("bob");
  const terms = { keys: readKeySet(JSON.stringify({ keys: engine.receipts!.publicKeys }))!, rpId, origins: [] };
  const { lines, refused } = verifyReceipts(file.text, { ...terms, now: Date.now(), isExcerpt: true });
  expect(refused).toBeUndefined();
  expect(lines.map(({ type }) => type)).toEqual(["enrolled", "decided", "approved", "executed", "head"]);
  expect(lines[2]?.proved[0]).toContain("a passkey of alice signed");
  const { items } = await engine.audit.query({ actionId: id });
  expect(items).toContainEqual(expect.objectContaining({ type: "receipts.exported", actor: "rita", userId: "alice" }));
});

it("T70: the console says what only the engine attests, and what was withdrawn or never ran", async () => {
  const bank = createBank();
  const { engine } = bank;
  const { key } = await ask(engine, "alice", "close");
  const id = await caseOf(engine, key);
  const browser = await signedIn(bank, "decide");
  expect((await browser.send("GET", `case?id=${id}`)).text).toContain("Nobody has approved it.");
  await engine.reviews.approve(key, { reviewer: "omar" });
  await engine.actions.transition(key, { state: "BLOCK", actor: "ops" });
  const { text } = await browser.send("GET", `case?id=${id}`);
  expect(text).toContain("attested by the engine");
  expect(text).toMatch(/<strong>omar<\/strong> approved this, as the engine says\. No device has signed it\./);
  expect(text).toContain("Withdrawn");
  expect(text).toContain("Not executed.");
});

it("T70: without receipts the console shows none, and hands out none", async () => {
  const bank = createBank({});
  const { key } = await ask(bank.engine, "alice", "close");
  const id = await caseOf(bank.engine, key);
  const browser = await signedIn(bank);
  expect((await browser.send("GET", `case?id=${id}`)).text).not.toContain("Receipt");
  expect((await browser.send("GET", `receipt?id=${id}`)).status).toBe(404);
});

it("T70: receipts are for reviewers who are signed in, of actions that are there", async () => {
  const bank = createBank();
  const { key } = await ask(bank.engine, "alice");
  const id = await caseOf(bank.engine, key);
  const browser = await signedIn(bank);
  expect((await browser.send("GET", "receipt?id=nothing")).status).toBe(404);
  expect((await browser.send("GET", "receipt")).status).toBe(400);
  browser.cookies.clear();
  const { status, location } = await browser.send("GET", `receipt?id=${id}`);
  expect([status, location]).toEqual([401, null]);
});
