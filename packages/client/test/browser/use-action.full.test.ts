import type { Page } from "playwright-core";
import { itInFull } from "@require-action-test/support/full";
import { expect, it } from "vitest";
import { describeInChromium } from "./chromium.ts";

describeInChromium("React's hook, in strict mode", "hook.tsx", (world) => {
  const status = (page: Page): Promise<string | null> => page.textContent("#status");

  async function complete(page: Page): Promise<void> {
    const token = world.backend.complete((await page.textContent("#challenge")) ?? "");
    await page.evaluate((token) => window.challenges.current()?.complete(token), token);
  }

  it("tells how far the action is, and runs it once for two clicks", async () => {
    const page = await world.open("/");
    expect(await status(page)).toBe("idle");
    await page.dblclick("#withdraw");
    await page.waitForSelector("#challenge");
    expect(await status(page)).toBe("running");
    await complete(page);
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "done");
    expect(await page.textContent("#http")).toBe("201");
    expect(world.backend.received("/withdrawals")).toHaveLength(2);
  });

  itInFull("can be cancelled, and run again", async () => {
    const page = await world.open("/");
    await page.click("#withdraw");
    await page.waitForSelector("#challenge");
    await page.click("#cancel");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "cancelled");
    expect(await page.locator("#challenge").count()).toBe(0);
    await page.click("#withdraw");
    await page.waitForSelector("#challenge");
    await complete(page);
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "done");
  });

  itInFull("tells what failed", async () => {
    const page = await world.open("/");
    await world.context.setOffline(true);
    await page.click("#withdraw");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "failed");
  });

  itInFull("waits for a review until it is cancelled", async () => {
    world.backend.provider.answerNext("REVIEW_REQUIRED");
    const page = await world.open("/");
    await page.click("#withdraw");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "review");
    expect(await page.textContent("#http")).toBe("202");
    await page.click("#wait");
    await page.click("#cancel");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "cancelled");
  });

  it("takes its challenge along when its component goes", async () => {
    const page = await world.open("/");
    await page.click("#withdraw");
    await page.waitForSelector("#challenge");
    await page.evaluate(() => (window as unknown as { unmount(): void }).unmount());
    await page.waitForFunction(() => !window.challenges.current());
    expect(world.backend.ran).toEqual([]);
  });
});
