import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";

const OPEN = 5_000;
const ROWS = 50;
/** From a key to the frame that shows what it did: what people take for at once (Nielsen, Usability Engineering, 1993). */
const MOST_LAG_MS = 100;
const MOST_HEAP_MB = 20;

describe.skipIf(!hasChromium)("a queue of 5,000 open reviews", () => {
  let http: Served;
  let engine: Engine;
  let page: Page;
  const key = (n: number) => ({ userId: `user-${n}`, action: "pay", idempotencyKey: `key-${n}` });
  const stateOf = async (n: number) => (await engine.actions.find(key(n)))?.state;
  const row = (n: number) => page.locator("tr[data-case]").filter({ hasText: new RegExp(`user-${n}\\b`) });
  const focused = () =>
    page.evaluate<string>(
      `document.activeElement?.closest("tr[data-case]")?.dataset.name ?? document.activeElement?.textContent ?? ""`,
    );

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    const store = createMemoryStore();
    let now = Date.now() - OPEN * 1_000;
    engine = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" }, "close-account": { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: http.origin,
      // One second apart, so that it is known which one ends first.
      clock: { now: () => now },
      store,
    });
    const { signal } = new AbortController();
    for (let n = 1; n <= OPEN; n++) {
      const { userId, action, idempotencyKey } = key(n);
      const custom = { amount: String(n), currency: "EUR" };
      await engine.track({ userId, action, attributes: { idempotencyKey, custom } }, { signal });
      now += 1_000;
    }
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      clock: { now: () => now },
      console: { reviewers: [{ id: "rita", passwordHash: await hashPassword("correct horse") }], secureCookies: false },
    });
    const context = await (await launchChromium()).newContext({ locale: "en-GB" });
    context.setDefaultTimeout(45_000);
    page = await context.newPage();
    await page.goto(`${http.origin}/console`);
    await page.getByLabel("Reviewer").focus();
    await page.keyboard.type("rita");
    await page.keyboard.press("Tab");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Reviews" }).waitFor();
    await page.locator(".keys").waitFor();
  }, 120_000);
  afterAll(async () => {
    await page.context().close();
    await http.close();
  });

  it("is walked by keys, each shown within a tenth of a second, in little memory", { timeout: 120_000 }, async () => {
    expect(await page.locator('[data-count="open"]').textContent()).toBe("5,000+");
    await page.evaluate(`globalThis.lags = []; addEventListener("keydown", ({ timeStamp }) =>
      requestAnimationFrame(() => setTimeout(() => lags.push(performance.now() - timeStamp))), true)`);
    for (let step = 1; step <= ROWS; step++) {
      await page.keyboard.press("j");
      expect(await focused()).toContain(`of user-${step}`);
    }
    await page.keyboard.press("k");
    expect(await focused()).toContain(`of user-${ROWS - 1}`);
    await page.keyboard.press("x");
    expect(
      await row(ROWS - 1)
        .getByRole("checkbox")
        .isChecked(),
    ).toBe(true);
    await page.keyboard.press("x");
    const lags = (await page.evaluate<number[]>("lags")).toSorted((one, other) => one - other);
    const [median = Infinity, p95 = Infinity] = [0.5, 0.95].map((part) => lags[Math.floor(lags.length * part)]);
    console.log(
      `From a key to its frame: median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, of ${lags.length} keys`,
    );
    expect(median).toBeLessThan(MOST_LAG_MS);

    // From the last row to the next page, time and again.
    for (let turned = 1; turned <= 10; turned++) {
      for (const pressed of turned === 1 ? ["j", "j"] : ["k", ...Array.from({ length: ROWS }, () => "j")]) {
        await page.keyboard.press(pressed);
      }
      expect(await focused()).toBe("Next page");
      await page.keyboard.press("Enter");
      await row(turned * ROWS + 1).waitFor();
      await page.locator(".keys").waitFor();
    }
    const client = await page.context().newCDPSession(page);
    await client.send("HeapProfiler.collectGarbage");
    const { metrics } = await client.send("Performance.enable").then(() => client.send("Performance.getMetrics"));
    const metric = (name: string) => metrics.find((one) => one.name === name)?.value ?? Infinity;
    const heap = metric("JSHeapUsedSize") / 2 ** 20;
    console.log(`After ten pages: ${heap.toFixed(1)} MB of heap, ${metric("Nodes")} nodes`);
    expect(heap).toBeLessThan(MOST_HEAP_MB);
    await page.getByRole("link", { name: "First page" }).press("Enter");
    await row(1).waitFor();
  });

  it("is decided by keys, stopped within ten seconds, and filtered", { timeout: 120_000 }, async () => {
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.reload();
    await page.locator(".keys").waitFor();
    for (const pressed of ["j", "a", "a", "r"]) await page.keyboard.press(pressed);
    await row(3).getByText("Rejecting in 10 s").waitFor();
    await page.clock.runFor(5_000);
    await page.keyboard.press("u");
    await row(3).getByRole("button", { name: "Reject" }).waitFor();
    expect(await focused()).toContain("of user-3");
    await page.clock.runFor(5_000);
    for (const n of [1, 2]) await row(n).getByText("Approved.").waitFor();
    expect(await Promise.all([1, 2, 3].map(stateOf))).toEqual([
      "REVIEW_SUCCEEDED",
      "REVIEW_SUCCEEDED",
      "REVIEW_REQUIRED",
    ]);

    await page.keyboard.press("/");
    await page.keyboard.type("user-4321");
    await page.keyboard.press("Enter");
    await row(4321).waitFor();
    await page.locator(".keys").waitFor();
    expect(await page.locator("tr[data-case]").count()).toBe(1);
    expect(await page.locator('[data-count="open"]').textContent()).toBe("1");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "What was asked for" }).waitFor();
    await page.locator(".keys").waitFor();
    await page.keyboard.press("r");
    await page.getByText("Rejecting in 10 s").waitFor();
    await page.clock.runFor(10_000);
    await page.getByText("rita rejected it").first().waitFor();
    expect(await stateOf(4321)).toBe("REVIEW_FAILED");
  });

  it("is left alone by keys that are turned off, in all of the browser's pages", { timeout: 60_000 }, async () => {
    await page.goto(`${http.origin}/console/reviews`);
    await page.getByRole("button", { name: "Turn keys off" }).press("Enter");
    await page.reload();
    const toggle = page.getByRole("button", { name: "Turn keys on" });
    await toggle.waitFor();
    for (const pressed of ["j", "a", "/"]) await page.keyboard.press(pressed);
    expect(await page.evaluate("document.activeElement === document.body")).toBe(true);
    expect(await page.locator(".held").count()).toBe(0);
    await toggle.press("Enter");
    await page.keyboard.press("j");
    expect(await focused()).toContain("of user-3");
  });
});
