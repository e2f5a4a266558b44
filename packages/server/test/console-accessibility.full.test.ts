import { generateKeyPairSync } from "node:crypto";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { createSoftwareAuthenticator } from "@require-action-test/support/software-authenticator";
import { serve, type Served } from "@require-action-test/support/serve";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";
import { findingsOf } from "./axe-findings.ts";

const by = { actor: "operator", reason: "a test" };
/** With `CONSOLE_PICTURES`, a folder for pictures of all. */
const pictures = process.env["CONSOLE_PICTURES"];
/** Each scheme and width once: what axe looks at differs by one of them. */
const settings = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 360 },
] as const;
/** Some thirty states, each in two settings, on a machine that does other things as well. */
const TIMEOUT_MS = 600_000;

describe.skipIf(!hasChromium)("every state of the console", () => {
  let http: Served;
  let url: string;
  let engine: Engine;

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    url = `${http.origin}/console`;
    const store = createMemoryStore();
    engine = createEngine({
      policy: {
        dataPoints: [
          { name: "amount", type: "decimal", optional: true },
          { name: "payee", type: "text", optional: true },
        ],
        actions: {
          pay: { defaultOutcome: "CHALLENGE" },
          "withdraw-funds": {
            defaultOutcome: "ALLOW",
            rules: [
              {
                ruleId: "big",
                name: "A big amount",
                description: "More than is usual in one go",
                priority: 1,
                type: "REVIEW",
                conditions: { ">": [{ var: "custom.amount" }, 100] },
              },
            ],
          },
        },
      },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: http.origin,
      passkeys: { rpId: "localhost", origins: [http.origin] },
      receipts: { keys: [generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as never] },
      store,
    });
    const oidc = {
      issuer: "https://id.bank.example",
      name: "Bank accounts",
      reviewerIds: [],
      signOutUrl: "https://id.bank.example/end",
      begin: async () => "https://id.bank.example/",
      complete: async () => ({ refused: "oidc_token_invalid" }),
      authorityOf: () => undefined,
    };
    const reviewers = [{ id: "rita", passwordHash: await hashPassword("correct horse") }];
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: { oidc, reviewers, secureCookies: false },
    });
  });
  afterAll(() => http.close());

  let asked = 0;

  async function ask(userId: string, amount: string) {
    const key = { userId, action: "withdraw-funds", idempotencyKey: `key-${++asked}` };
    const { signal } = new AbortController();
    const attributes = {
      idempotencyKey: key.idempotencyKey,
      custom: {
        amount,
        payee: "DE89 3704 0044 0532 0130 00 and a note that is so long that it has to be broken somewhere",
      },
      ipAddress: "192.0.2.1",
      deviceId: "a-device-with-a-name-that-is-rather-long-for-a-telephone",
      userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    };
    await engine.track({ ...key, attributes }, { signal });
    const { items } = await engine.actions.query({ userId, limit: 1 });
    return { key, id: encodeURIComponent(items[0]?.actionId ?? "") };
  }

  /** Has a payment approved by a passkey and run, and returns the id of its case. */
  async function pay(userId: string): Promise<string> {
    const call = { signal: new AbortController().signal };
    const custom = { amount: "1234567.50", payee: "DE89 3704 0044 0532 0130 00" };
    const begin = async () => {
      const key = { userId, action: "pay", idempotencyKey: `key-${++asked}` };
      const attributes = { idempotencyKey: key.idempotencyKey, custom };
      return { key, ...(await engine.track({ ...key, attributes, boundFields: ["amount", "payee"] }, call)) };
    };
    const { token: first = "" } = await begin();
    const { options } = await engine.challenges.enroll(first, "PASSKEY", {});
    const device = createSoftwareAuthenticator({ rpId: "localhost", origin: http.origin });
    const { response, passkey } = device.create(options as never);
    await engine.challenges.verify(first, "PASSKEY", response);
    const { key, token = "" } = await begin();
    const shown = { locale: "en", text: `Pay\nAmount: ${custom.amount}\nPayee: ${custom.payee}` };
    const { options: ceremony } = await engine.challenges.send(token, "PASSKEY", { shown });
    const { accessToken = "" } = await engine.challenges.verify(token, "PASSKEY", passkey.get(ceremony as never));
    const { receipt = "" } = await engine.validateChallenge({ token: accessToken, ...key }, call);
    await engine.recordExecution?.({ receipt }, call);
    await engine.receipts!.chain();
    return encodeURIComponent((await engine.actions.find(key))?.actionId ?? "");
  }

  it("has no finding of axe, and fits, in light and dark, wide and narrow", { timeout: TIMEOUT_MS }, async () => {
    const context = await (
      await launchChromium()
    ).newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    await addVirtualAuthenticator(page);
    const found: string[] = [];
    const look = async (state: string): Promise<void> => {
      await page.evaluate(() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
      });
      for (const { colorScheme, width } of settings) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        found.push(...(await findingsOf(page)).map((one) => `${state}, ${colorScheme}: ${one}`));
        if (pictures === undefined) continue;
        await page.screenshot({ path: `${pictures}/${state.replaceAll(" ", "-")}-${width}.png`, fullPage: true });
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    const open = async (path: string, state: string): Promise<void> => {
      await page.goto(`${url}/${path}`);
      await look(state);
    };

    await open("sign-in", "sign-in");
    await open("sign-in?done=signed-out", "signed out");
    await open("sign-in-oidc-callback?code=x", "sign-in refused");
    await page.getByLabel("Reviewer").fill("rita");
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in with a password" }).click();
    await page.getByText("You signed in with a password alone.").waitFor();
    await look("queue after a password");
    await open("passkeys", "no passkeys");
    await page.getByRole("button", { name: "Sign out" }).click();
    const { token } = await engine.reviewers.invite("olga", { role: "administer", userIds: ["olga"] }, by);
    await open(`invitation#${token}`, "invitation");
    await page.getByRole("button", { name: "Open the invitation" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).waitFor();
    await look("invitation opened");
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("heading", { name: "Reviews" }).waitFor();

    const [first, own, done] = [await ask("alice", "5000"), await ask("olga", "700"), await ask("dave", "900")];
    await engine.reviews.claim(first.key, "carol");
    await engine.reviews.comment(first.key, { reviewer: "carol", note: "Asked the customer,\nwho does not answer." });
    await engine.reviews.reject(done.key, { reviewer: "carol", reason: "fraud", note: "No answer." });
    await open("reviews", "queue");
    await page.getByRole("row").filter({ hasText: "alice" }).getByRole("button", { name: "Approve" }).first().click();
    await page.getByText(/Approving in \d+ s/).waitFor();
    await look("decision held back");
    await page.getByRole("button", { name: /^Stop/ }).first().click();
    await open("reviews?status=rejected", "queue of rejected");
    await open("reviews?q=nobody-at-all", "queue of none");
    await open(`case?id=${first.id}`, "case");
    await open(`case?id=${own.id}`, "own case");
    await open(`case?id=${done.id}`, "decided case");
    await open(`case?id=${await pay("erin")}`, "case with a signed receipt");
    await open(`decide?case=${first.id}&decision=reject`, "decision to confirm");
    await open("activity", "activity");
    await open(`audit?actionId=${first.id}`, "audit trail");
    await open("users", "users");
    await engine.users.update("alice", { email: "alice@bank.example" });
    await open("users?q=alice", "users found");
    await open("user?id=alice", "user");
    await open("user?id=olga", "own user");
    await open("reviewers", "reviewers");
    await open("sessions", "sessions");
    await open("passkeys", "passkeys");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("heading", { name: "Add a passkey" }).waitFor();
    await look("passkey to add");
    await open("case?id=nothing", "no such case");
    await open("nowhere", "no such page");
    expect(found).toEqual([]);
    await context.close();
  });

  it("would be found wanting: a faint text and a field without a name", async () => {
    const context = await (await launchChromium()).newContext();
    const page = await context.newPage();
    await page.goto(`${url}/sign-in`);
    await page.evaluate(() => {
      document.querySelector("h1")!.style.color = "#eee";
      for (const label of document.querySelectorAll("label")) label.replaceWith(...label.querySelectorAll("input"));
    });
    const ids = (await findingsOf(page)).map((one) => one.split(":")[0]);
    expect(ids).toEqual(expect.arrayContaining(["color-contrast", "label"]));
    await context.close();
  });
});
