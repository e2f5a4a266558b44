import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AuthServer, startAuthServer } from "../auth-server.ts";
import { bundle, sourcePage } from "../bundle.ts";

const email = "EMAIL_OTP";

describe.skipIf(!hasChromium)("a challenge of a component, in strict mode", () => {
  let browser: Browser;
  let code: string;
  let server: AuthServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    [browser, { code }] = await Promise.all([launchChromium(), bundle(sourcePage("own-screen.tsx"))]);
  });
  beforeEach(async () => {
    const html = '<!doctype html><title>Bank</title><main></main><script type="module" src="/app.js"></script>';
    const files = { "/app": { type: "html", content: html }, "/app.js": { type: "js", content: code } };
    server = await startAuthServer({ files });
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(`${server.origin}/app`);
  });
  afterEach(async () => {
    await context.close();
    await server.close();
  });

  async function mount(token: string): Promise<void> {
    await page.waitForFunction(() => window.ownScreen !== undefined);
    await page.evaluate((token) => window.ownScreen.mount(token), token);
  }

  async function untilStatus(status: string): Promise<void> {
    await page.waitForFunction((status) => document.querySelector("#status")?.textContent === status, status);
  }

  const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
  const results = (): Promise<readonly (string | undefined)[]> => page.evaluate(() => window.ownScreen.results);

  async function sendMail(): Promise<void> {
    await server.engine.authenticators.enrollVerified("alice", { verificationMethod: email, email: "a@bank.example" });
    await mount((await server.track()).token);
    await untilStatus("open");
    await press(`send ${email}`);
    await page.waitForSelector("#sent");
    await page.fill("#code", server.mails.at(-1)?.code ?? "");
  }

  it("mounts twice and reads its challenge once; a passkey is made, then used, and each approves", async () => {
    await addVirtualAuthenticator(page);
    const { token, idempotencyKey } = await server.track();
    await mount(token);
    await untilStatus("open");
    expect(server.calls).toEqual(["challenge/describe"]);
    await press("enroll PASSKEY");
    await untilStatus("approved");
    expect(await server.stateOf(idempotencyKey)).toBe("CHALLENGE_SUCCEEDED");

    const next = await server.track();
    await mount(next.token);
    await untilStatus("open");
    await press("verify PASSKEY");
    await untilStatus("approved");
    expect(await server.stateOf(next.idempotencyKey)).toBe("CHALLENGE_SUCCEEDED");
    expect(await results()).toEqual([expect.any(String), expect.any(String)]);
  });

  itInFull("takes a passkey's prompt away for another call, for cancelling, and with its component", async () => {
    const authenticator = await addVirtualAuthenticator(page);
    const { token } = await server.track();
    await mount(token);
    await untilStatus("open");
    await authenticator.hesitate(true);
    await press("enroll PASSKEY");
    await untilStatus("open passkey");
    await press("enroll AUTHENTICATOR_APP");
    await untilStatus("open");
    expect(await page.evaluate(() => window.ownScreen.challenge().app?.secret)).toMatch(/^[A-Z2-7]{32,}$/);
    await press("enroll PASSKEY");
    await untilStatus("open passkey");
    await page.evaluate(() => window.ownScreen.unmount());
    // Not taken away, the former prompt would still be in the way of this one.
    await authenticator.hesitate(false);
    await mount(token);
    await untilStatus("open");
    expect(await results()).toEqual([]);
    await press("enroll PASSKEY");
    await untilStatus("approved");
    expect(await results()).toEqual([expect.any(String)]);

    await mount((await server.track()).token);
    await untilStatus("open");
    await authenticator.hesitate(true);
    await press("verify PASSKEY");
    await untilStatus("open passkey");
    await press("cancel");
    await untilStatus("cancelled");
    expect((await results()).length).toBe(2);
  });

  it("C48: fetches a result whose reply was lost where its component or its page is there again", async () => {
    await sendMail();
    await page.route("**/verify/**", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await press(`verify ${email}`);
    await untilStatus("open network");
    await page.unrouteAll();
    await page.evaluate(() => window.ownScreen.unmount());
    await mount(server.lastToken);
    await untilStatus("approved");
    await page.reload();
    await mount(server.lastToken);
    await untilStatus("approved");
    expect(await results()).toEqual([expect.any(String)]);

    const other = await browser.newContext();
    page = await other.newPage();
    await page.goto(`${server.origin}/app`);
    await mount(server.lastToken);
    await untilStatus("closed");
    await other.close();
  });
});
