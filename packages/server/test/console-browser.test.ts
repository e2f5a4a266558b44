import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: "key-1" };

describe.skipIf(!hasChromium)("the review console in a browser", () => {
  let http: Served;
  let url: string;
  let engine: Engine;
  let browser: Browser;
  const violations: string[] = [];

  beforeAll(async () => {
    // Where it is must be known to what is served there.
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request) => server(request)));
    url = http.origin;
    const store = createMemoryStore();
    engine = createEngine({
      policy: { actions: { "withdraw-funds": { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: url,
      store,
    });
    const passwordHash = await hashPassword("correct horse");
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: { reviewers: [{ id: "bob", passwordHash }], secureCookies: false },
    });
    browser = await launchChromium();
  });
  afterAll(() => http.close());

  async function openConsole(width: number): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, locale: "en-GB" });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && violations.push(message.text()));
    await page.goto(`${url}/console`);
    return page;
  }

  it("signs in, shows the queue, approves with the keyboard, and tells so", async () => {
    const { signal } = new AbortController();
    const { userId, action, idempotencyKey } = key;
    await engine.track({ userId, action, attributes: { idempotencyKey, custom: {} } }, { signal });
    const page = await openConsole(1100);
    await page.getByLabel("Reviewer").fill("bob");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Withdraw funds" }).waitFor();
    await page.getByLabel("Note").fill("Invoice seen.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("Approved.").waitFor();
    expect(await engine.actions.find(key)).toMatchObject({ state: "REVIEW_SUCCEEDED", review: { reviewer: "bob" } });

    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByRole("cell", { name: "alice" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(`${url}/console/reviews`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(violations).toEqual([]);
    await page.context().close();
  });

  itInFull("fits a screen of 320 px without scrolling sideways", async () => {
    const page = await openConsole(320);
    await page.getByLabel("Reviewer").fill("bob");
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in" }).click();
    for (const view of ["reviews", "activity"]) {
      await page.goto(`${url}/console/${view}`);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    }
    await page.context().close();
  });
});
