import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { describe, expect, it } from "vitest";
import { createOutbox } from "../src/index.ts";
import { createHarness } from "./harness.ts";

describe.skipIf(!hasChromium)("the page for developers in a browser", () => {
  it("decides a case by its button, and shows what others decide without being loaded again", async () => {
    const attributes = { custom: { amount: "5000" } };
    const cases = () => [{ name: "a big one", userId: "alice", action: "withdraw-funds", attributes }];
    const harness = await createHarness({ server: { dev: { outbox: createOutbox(), isLocal: true, cases } } });
    const browser = await launchChromium();
    const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    await page.goto(`${harness.origin}/`);
    await page.getByRole("button", { name: "a big one" }).press("Enter");
    await page.getByText("REVIEW_REQUIRED").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    const { signal } = new AbortController();
    const other = { userId: "somebody-else", action: "sign-in", attributes: { idempotencyKey: "k" } };
    await harness.engine.track(other, { signal });
    await page.getByText("somebody-else").waitFor();
    await context.close();
    await harness.close();
  });
});
