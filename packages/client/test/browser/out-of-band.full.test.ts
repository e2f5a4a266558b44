import { createMemoryInbox, type Inbox } from "@require-action/core/agents";
import { createMemoryLedger } from "@require-action/core";
import { itInFull } from "@require-action-test/support/full";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createEngine, type Engine } from "@require-action/engine";
import { createRequireAction } from "@require-action/express";
import { createServer, toNodeHandler } from "@require-action/server";
import express from "express";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundle, sourceText } from "../bundle.ts";

/** A page that asks for a withdrawal, and keeps what became of it. */
const script = `
import { createActionFetch, outOfBand } from "../src/index.ts";
const actionFetch = createActionFetch({ present: outOfBand() });
window.withdraw = (amount) => {
  const body = JSON.stringify({ amount, payee: "bob" });
  const headers = { "content-type": "application/json" };
  window.outcome = undefined;
  actionFetch("/withdrawals", { method: "POST", headers, body }).then(
    async (response) => (window.outcome = { status: response.status, ...(await response.json()) }),
    (error) => (window.outcome = { error: error.code }),
  );
};`;

/** Several profiles, and waits of five seconds, on a machine that may be busy. */
const LONG_MS = 240_000;

declare global {
  // What the page has.
  var withdraw: (amount: string) => void;
  var outcome: { readonly status?: number; readonly code?: string; readonly error?: string } | undefined;
}

interface Bank extends Served {
  readonly engine: Engine;
  readonly inbox: Inbox;
  readonly ran: unknown[];
}

async function openBank(code: string): Promise<Bank> {
  const app = express();
  const served = await serve(app, "localhost");
  const { origin } = served;
  const inbox = createMemoryInbox({ pageUrl: `${origin}/approvals` });
  const engine = createEngine({
    policy: {
      actions: {
        "withdraw-funds": { defaultOutcome: "CHALLENGE" },
        begin: { defaultOutcome: "CHALLENGE", verificationMethods: ["PASSKEY"] },
      },
    },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: origin,
    passkeys: { rpId: "localhost", origins: [origin] },
  });
  const userOf = (cookies = ""): string | undefined => /(?:^|; )session=(\w+)/.exec(cookies)?.[1];
  const requireAction = createRequireAction({
    provider: engine,
    user: (req) => userOf(req.headers.cookie),
    sealSecrets: ["a secret of the tests, 32 bytes long"],
    ledger: createMemoryLedger(),
    inbox,
    resumeChallenges: "matched",
  });
  const ran: unknown[] = [];
  const withdrawal = requireAction("withdraw-funds", {
    bind: (req) => ({ amount: String(req.body.amount), payee: String(req.body.payee) }),
  });
  app.get(
    "/",
    (_req, res) =>
      void res
        .type("html")
        .send('<!doctype html><html lang="en"><title>Bank</title><script type="module" src="/app.js"></script>'),
  );
  app.get("/app.js", (_req, res) => void res.type("js").send(code));
  app.post("/withdrawals", express.json(), withdrawal, (req, res) => {
    ran.push(withdrawal.approved(req).bound.amount);
    res.status(201).json({ sent: withdrawal.approved(req).bound.amount });
  });
  const server = createServer(engine, {
    apiSecrets: ["an-api-secret-for-tests"],
    tenantId: "bank",
    page: { appName: "Acme Bank" },
    approvals: { inbox, user: (request) => userOf(request.headers.get("cookie") ?? "") },
  });
  app.use(toNodeHandler(server));
  return { ...served, engine, inbox, ran };
}

describe.skipIf(!hasChromium)("approval on another device", () => {
  let browser: Browser;
  let bank: Bank;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    const [launched, { code }] = await Promise.all([launchChromium(), bundle(sourceText(script))]);
    browser = launched;
    bank = await openBank(code);
  });
  afterEach(async () => void (await Promise.all(contexts.splice(0).map((context) => context.close()))));
  afterAll(() => bank.close());

  /** A browser profile of its own. */
  async function openProfile(user?: string): Promise<Page> {
    const context = await browser.newContext({ locale: "en-GB" });
    contexts.push(context);
    context.setDefaultTimeout(60_000);
    if (user !== undefined) await context.addCookies([{ name: "session", value: user, url: bank.origin }]);
    return context.newPage();
  }

  /** The phone of a user, with their passkey. */
  async function openPhone(user: string): Promise<Page> {
    const phone = await openProfile(user);
    await addVirtualAuthenticator(phone);
    const attributes = { idempotencyKey: `begin-${user}` };
    const { url } = await bank.engine.track(
      { userId: user, action: "begin", attributes },
      { signal: new AbortController().signal },
    );
    await phone.goto(url!);
    await phone.getByRole("button", { name: "Create a passkey" }).click();
    await phone.getByRole("heading", { name: "Approved" }).waitFor();
    return phone;
  }

  /** Asks at a desktop, which waits, and answers with what it shows. */
  async function ask(user: string, amount: string) {
    const desktop = await openProfile(user);
    await desktop.goto(bank.origin);
    await desktop.waitForFunction(() => typeof globalThis.withdraw === "function");
    await desktop.evaluate((sum) => globalThis.withdraw(sum), amount);
    const dialog = desktop.getByRole("dialog", { name: "Approve on another device" });
    await dialog.waitFor();
    const number = (await dialog.locator("output").textContent()) ?? "";
    const url = (await dialog.getByRole("link").getAttribute("href")) ?? "";
    return { desktop, dialog, number, url };
  }

  async function enterNumber(phone: Page, url: string, number: string): Promise<void> {
    await phone.goto(url);
    await phone.getByRole("textbox").fill(number);
    await phone.getByRole("button", { name: "Approve" }).click();
  }

  const outcomeOf = (page: Page) => page.evaluate(() => globalThis.outcome);
  const untilOver = (page: Page) => expect.poll(() => outcomeOf(page), { timeout: 90_000 });

  it(
    "T5, T55: the desktop waits, the phone approves, and what was approved runs once",
    async () => {
      const phone = await openPhone("alice");
      const { desktop, dialog, number, url } = await ask("alice", "250.00");
      expect(new URL(url).search).toBe("");
      await dialog.getByRole("img", { name: "QR code" }).waitFor();

      // A stolen address shows nothing in a third profile: to nobody, and to somebody else.
      for (const user of [undefined, "mallory"]) {
        const thief = await openProfile(user);
        await thief.goto(url);
        const shown = await thief.content();
        expect([shown.includes("250"), shown.includes("bob")]).toEqual([false, false]);
        await thief
          .getByRole("heading", { name: user === undefined ? "Sign in first" : "This request is over" })
          .waitFor();
      }

      // A thief in the user's own session asks for the same at the same time, and keeps the key.
      const thief = await openProfile("alice");
      await thief.goto(bank.origin);
      const stolen = await thief.evaluate(async () => {
        const headers = { "content-type": "application/json" };
        const body = JSON.stringify({ amount: "250.00", payee: "bob" });
        return (await fetch("/withdrawals", { method: "POST", headers, body })).json();
      });
      expect(stolen.approval.url).not.toBe(url);

      await enterNumber(phone, url, number);
      await phone.getByRole("button", { name: "Approve with your passkey" }).click();
      await phone.getByRole("heading", { name: "Done" }).waitFor();
      expect(new URL(phone.url()).search).toBe("");
      await untilOver(desktop).toMatchObject({ status: 201, sent: "250.00" });
      expect(await dialog.count()).toBe(0);
      const again = await thief.evaluate(async (key) => {
        const headers = { "content-type": "application/json", "action-token": key };
        const body = JSON.stringify({ amount: "250.00", payee: "bob" });
        return (await fetch("/withdrawals", { method: "POST", headers, body })).json();
      }, stolen.idempotencyKey);
      expect(again).toMatchObject({ code: "challenge_incomplete" });
      expect(bank.ran).toEqual(["250.00"]);
    },
    LONG_MS,
  );

  itInFull(
    "T55: a wrong number and a no end it, and the desktop learns so",
    async () => {
      const phone = await openProfile("bea");
      await bank.engine.authenticators.enrollVerified("bea", {
        verificationMethod: "AUTHENTICATOR_APP",
        otpUri: "otpauth://totp/bank:bea?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank",
      });
      const ranBefore = bank.ran.length;
      const wrong = await ask("bea", "1.00");
      await enterNumber(phone, wrong.url, wrong.number === "10" ? "11" : "10");
      await phone.getByText("That is not the number that was shown").waitFor();
      await untilOver(wrong.desktop).toMatchObject({ status: 403, code: "action_denied_by_user" });
      const unwanted = await ask("bea", "2.00");
      await phone.goto(`${bank.origin}/approvals`);
      await phone.getByRole("link", { name: /Withdraw funds/ }).click();
      await phone.getByRole("button", { name: "I did not ask for this" }).click();
      await untilOver(unwanted.desktop).toMatchObject({ status: 403, code: "action_denied_by_user" });
      const left = await ask("bea", "3.00");
      await left.dialog.getByRole("button", { name: "Cancel" }).click();
      await untilOver(left.desktop).toMatchObject({ error: "challenge_cancelled" });
      expect(bank.ran).toHaveLength(ranBefore);
    },
    LONG_MS,
  );

  itInFull(
    "offline in the middle on both sides, it is approved and runs once",
    async () => {
      const phone = await openPhone("carl");
      const { desktop, number, url } = await ask("carl", "75.00");
      await desktop.context().setOffline(true);
      await enterNumber(phone, url, number);
      const approve = phone.getByRole("button", { name: "Approve with your passkey" });
      await approve.waitFor();
      await phone.context().setOffline(true);
      await approve.click();
      await phone
        .getByText(/could not be reached|No connection|connection/i)
        .first()
        .waitFor();
      await phone.context().setOffline(false);
      await approve.click();
      await phone.getByRole("heading", { name: "Done" }).waitFor();
      expect(await outcomeOf(desktop)).toBeUndefined();
      await desktop.context().setOffline(false);
      await untilOver(desktop).toMatchObject({ status: 201, sent: "75.00" });
      expect(bank.ran.filter((amount) => amount === "75.00")).toHaveLength(1);
    },
    LONG_MS,
  );
});
