import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, toNodeHandler } from "../../src/index.ts";
import { createConsoleOidc } from "../../src/oidc/index.ts";
import { clientId, clientSecret, startJudge } from "./judge.ts";

describe.skipIf(!hasChromium)("T73: signing in by an identity provider in a browser", () => {
  let http: Served;
  let judge: Served;
  let engine: Engine;
  const violations: string[] = [];

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    const consoleUrl = `${http.origin}/console`;
    judge = await startJudge(`${consoleUrl}/sign-in-oidc-callback`);
    const store = createMemoryStore();
    engine = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: http.origin,
      store,
    });
    const oidc = await createConsoleOidc({
      issuer: judge.origin,
      clientId,
      clientSecret,
      consoleUrl,
      name: "Bank accounts",
      reviewers: [{ id: "bob", subject: "bob-at-idp", role: "decide", userIds: [] }],
    });
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: { oidc, secureCookies: false },
    });
  });
  afterAll(() => Promise.all([http.close(), judge.close()]));

  it("goes to the provider and back to the page that was asked for, decides, signs out, and refuses somebody else", async () => {
    const key = { userId: "alice", action: "pay", idempotencyKey: "key-1" };
    const { signal } = new AbortController();
    await engine.track({ ...key, attributes: { idempotencyKey: "key-1", custom: {} } }, { signal });
    const context = await (
      await launchChromium()
    ).newContext({ viewport: { width: 1100, height: 800 }, locale: "en-GB" });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && violations.push(message.text()));

    const signInAs = async (name: string): Promise<void> => {
      await page.getByRole("link", { name: "Sign in with Bank accounts" }).press("Enter");
      await page.getByPlaceholder("Enter any login").fill(name);
      await page.getByPlaceholder("and password").fill("any");
      await page.getByRole("button", { name: "Sign-in" }).click();
      await page.getByRole("button", { name: "Continue" }).click();
    };
    await page.goto(`${http.origin}/console/activity`);
    await signInAs("bob-at-idp");
    await page.getByRole("heading", { name: "Activity" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/console/activity");
    await page.getByRole("link", { name: "Queue" }).click();
    await page.getByRole("row").filter({ hasText: "alice" }).getByRole("link").first().click();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out here.").waitFor();
    await page.getByRole("link", { name: "Sign out of Bank accounts, too" }).click();
    await page.getByRole("button", { name: /yes/i }).click();
    await page.goto(`${http.origin}/console`);
    await signInAs("mallory");
    await page.getByText("You are mallory at Bank accounts, who is no reviewer here.").waitFor();
    expect(await engine.reviewers.sessions.list()).toEqual([]);
    expect(violations.filter((text) => text.includes(http.origin) && !text.includes("403"))).toEqual([]);
    await context.close();
  });
});
