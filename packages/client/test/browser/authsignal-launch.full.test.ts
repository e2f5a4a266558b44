import type { FrameLocator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInChromium, outcomesOf } from "./chromium.ts";

describeInChromium("the popup of the official SDK", "app.ts", (world) => {
  const open = (): Promise<Page> => world.open("/?present=popup");
  const frame = (page: Page): FrameLocator => page.frameLocator("#__authsignal-popup-iframe");
  const popups = (page: Page): Promise<number> => page.locator("#__authsignal-popup-container").count();

  it("is presented, and the request repeated with its token", async () => {
    const page = await open();
    await page.click("#withdraw");
    await frame(page).locator("#approve").click();
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(await popups(page)).toBe(0);
  });

  it("that the user closes is cancelled, by its page or by Escape", async () => {
    const page = await open();
    await page.click("#withdraw");
    await frame(page).locator("#quit").click();
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_cancelled" }]);
    await page.click("#withdraw");
    await frame(page).locator("#quit").waitFor();
    await page.keyboard.press("Escape");
    expect(await outcomesOf(page, 2)).toEqual([{ code: "challenge_cancelled" }, { code: "challenge_cancelled" }]);
    expect(world.backend.ran).toEqual([]);
  });

  it("is one for two clicks", async () => {
    const page = await open();
    await page.dblclick("#withdraw");
    await frame(page).locator("#approve").click();
    expect(await outcomesOf(page, 2)).toMatchObject([{ body: { ran: 1 } }, { body: { ran: 1 } }]);
  });

  it("goes away when the challenge expires while it is open, and the next one opens", async () => {
    const page = await open();
    await page.click("#short");
    await page.waitForSelector("#__authsignal-popup-container", { state: "attached" });
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_expired" }]);
    await expect.poll(() => popups(page)).toBe(0);
    await page.click("#withdraw");
    await frame(page).locator("#approve").click();
    expect(await outcomesOf(page, 2)).toMatchObject([{}, { status: 201 }]);
  });

  it("of another action waits for the first one", async () => {
    const page = await open();
    await page.evaluate(() => void (window.send("/withdrawals"), window.send("/payouts")));
    await frame(page).locator("#approve").click();
    await outcomesOf(page);
    await frame(page).locator("#approve").click();
    expect(await outcomesOf(page, 2)).toMatchObject([{ status: 201 }, { status: 201 }]);
  });

  it("T39: hears no message of another origin", async () => {
    const page = await open();
    await page.click("#withdraw");
    await frame(page).locator("#approve").waitFor();
    await page.evaluate(() =>
      window.postMessage(JSON.stringify({ event: "AUTHSIGNAL_CLOSE_POPUP", token: "stray" }), "*"),
    );
    await frame(page).locator("#approve").click();
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(world.backend.received("/withdrawals").map(({ token }) => token)).not.toContain("stray");
  });
});

describeInChromium("the window of the official SDK", "app.ts", (world) => {
  const open = (): Promise<Page> => world.open("/?present=window");

  async function openWindow(page: Page): Promise<Page> {
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.click("#withdraw")]);
    await opened.waitForSelector("#approve");
    return opened;
  }

  it("is presented, and the request repeated with its token", async () => {
    const page = await open();
    const opened = await openWindow(page);
    await opened.click("#approve");
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(opened.isClosed()).toBe(true);
  });

  it("that the user closes is cancelled", async () => {
    const page = await open();
    await (await openWindow(page)).close();
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_cancelled" }]);
    expect(world.backend.ran).toEqual([]);
  });

  it("that the browser blocks is an error of its own", async () => {
    // What a test evaluates in the page counts as a click, so nothing is evaluated until the page has tried by itself.
    const asked = world.context.waitForEvent("console", (message) => message.text() === "asked");
    const page = await world.open("/unasked?present=window");
    await asked;
    expect(await outcomesOf(page)).toEqual([{ code: "popup_blocked" }]);
    const opened = await openWindow(page);
    await opened.click("#approve");
    expect(await outcomesOf(page, 2)).toMatchObject([{}, { status: 201 }]);
  });

  it("goes away when the challenge expires while it is open", async () => {
    const page = await open();
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.click("#short")]);
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_expired" }]);
    await expect.poll(() => opened.isClosed()).toBe(true);
  });

  it("whose page was reloaded in the middle runs nothing", async () => {
    const page = await open();
    const opened = await openWindow(page);
    await page.reload();
    await Promise.all([opened.waitForResponse(/complete/), opened.click("#approve")]);
    await opened.evaluate(() => undefined);
    expect(await page.evaluate(() => window.outcomes)).toEqual([]);
    expect(world.backend.ran).toEqual([]);
    expect(world.backend.received("/withdrawals")).toHaveLength(1);
  });

  it("that is closed, again and again, leaves no listener behind", async () => {
    await world.context.addInitScript(() => {
      const listeners = new Set<unknown>();
      const [add, remove] = [window.addEventListener, window.removeEventListener];
      window.addEventListener = function (type: string, listener: any, options?: any) {
        if (type === "message") listeners.add(listener);
        add.call(window, type, listener, options);
      };
      window.removeEventListener = function (type: string, listener: any, options?: any) {
        listeners.delete(listener);
        remove.call(window, type, listener, options);
      };
      Object.assign(window, { listeners });
    });
    const page = await open();
    const listening = (): Promise<number> =>
      page.evaluate(() => (window as unknown as { listeners: Set<unknown> }).listeners.size);
    const before = await listening();
    for (let round = 1; round <= 3; round++) {
      await (await openWindow(page)).close();
      expect(await outcomesOf(page, round)).toHaveLength(round);
      await expect.poll(listening).toBe(before);
    }
    const opened = await openWindow(page);
    await opened.click("#approve");
    expect((await outcomesOf(page, 4)).at(-1)).toMatchObject({ status: 201 });
    expect(await listening()).toBe(before);
  });

  it("leaves window.open as it was", async () => {
    const page = await open();
    await openWindow(page);
    expect(await page.evaluate(() => String(window.open))).toContain("[native code]");
  });
});
