import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTab, type Tab } from "./browser.ts";
import { appCode, appScheme, createHarness, giveApp, type Harness, track } from "./harness.ts";

describe.skipIf(!hasChromium)("the page, launched by Authsignal's browser SDK", () => {
  let harness: Harness;
  let browser: Browser;
  let tab: Tab;
  let users = 0;

  beforeAll(async () => {
    [harness, browser] = await Promise.all([createHarness(), launchChromium()]);
  });
  afterAll(() => harness.close());
  afterEach(async () => {
    await tab.page.context().close();
  });

  async function newChallenge(attributes: Parameters<typeof track>[2] = {}): ReturnType<typeof track> {
    const userId = `user-${++users}`;
    await giveApp(harness, userId);
    return track(harness, userId, { custom: { amount: "10.00", currency: "EUR", payee: "Bob" }, ...attributes });
  }

  /** Opens an application that has the SDK. */
  async function openApp(at = `${harness.app.origin}/launch`): Promise<Page> {
    tab = await openTab(browser, harness);
    await tab.page.goto(at);
    await tab.page.waitForFunction(() => globalThis.isReady);
    return tab.page;
  }

  /** Has an application launch the page in a frame, or in its own place. */
  async function launch(url: string, mode: "popup" | "redirect", at?: string): Promise<Page> {
    const page = await openApp(at);
    await page.evaluate(([where = "", how = ""]) => globalThis.launch(where, how), [url, mode]);
    return page;
  }

  /** Has an application launch the page in a window of its own. */
  async function launchWindow(url: string, at: string): Promise<{ readonly page: Page; readonly opened: Page }> {
    const page = await openApp(at);
    const [opened] = await Promise.all([
      page.waitForEvent("popup"),
      page.evaluate((where) => globalThis.launch(where, "window"), url),
    ]);
    return { page, opened };
  }

  async function approve(page: Page | FrameLocator): Promise<void> {
    await page.getByRole("textbox").fill(appCode(harness));
  }

  const popupOf = (page: Page): FrameLocator => page.frameLocator("#__authsignal-popup-iframe");
  const resultOf = (page: Page): Promise<{ token?: string }> => page.evaluate(() => globalThis.launched.result);
  const messagesOf = (page: Page): Promise<typeof globalThis.launched.messages> =>
    page.evaluate(() => globalThis.launched.messages);

  async function isApproved(token: string | undefined, key: { userId: string; action: string }): Promise<boolean> {
    const { userId, action } = key;
    const { signal } = new AbortController();
    return (await harness.engine.validateChallenge({ token: token ?? "", userId, action }, { signal })).isValid;
  }

  describe("in a popup", () => {
    it("hands over a result that the backend accepts, and the SDK closes the popup", async () => {
      const { url, key } = await newChallenge();
      const page = await launch(url, "popup");
      await approve(popupOf(page));
      const { token } = await resultOf(page);
      await expect(isApproved(token, key)).resolves.toBe(true);
      await page.locator("#__authsignal-popup-container").waitFor({ state: "detached" });
      expect(tab.problems).toEqual([]);
    });

    it("speaks Authsignal's messages: heights before the popup is revealed, and each from its own origin", async () => {
      const { url } = await newChallenge();
      const page = await launch(url, "popup");
      await popupOf(page).getByRole("textbox").waitFor();
      await page.locator("iframe.as-iframe-ready").waitFor();
      const messages = await messagesOf(page);
      const data = messages.map((message) => message.data);
      const ready = data.indexOf(JSON.stringify({ event: "AUTHSIGNAL_READY" }));
      expect(new Set(messages.map(({ origin }) => origin))).toEqual(new Set([harness.pages.origin]));
      expect(data.slice(0, ready)).toContainEqual({ height: expect.any(Number) });
    });

    it("is as high as what it shows", async () => {
      const { url } = await newChallenge();
      const page = await launch(url, "popup");
      await popupOf(page).getByRole("textbox").waitFor();
      await page.locator("iframe.as-iframe-ready").waitFor();
      const frame = page.frames().find((one) => one.name() === "authsignal");
      await expect
        .poll(() => frame?.evaluate(() => document.documentElement.scrollHeight - window.innerHeight))
        .toBeLessThanOrEqual(0);
    });

    it("tells a cancelled challenge as the SDK tells a closed popup: without a token", async () => {
      const { url } = await newChallenge();
      const page = await launch(url, "popup");
      const cancel = popupOf(page).getByRole("button", { name: "Cancel" });
      // From a timer, since the frame that the click is in goes away.
      await cancel.evaluate((button) => setTimeout(() => (button as HTMLElement).click()));
      await expect(resultOf(page)).resolves.toEqual({});
    });

    it("takes the Escape key for Cancel, as the popup does", async () => {
      const { url } = await newChallenge();
      const page = await launch(url, "popup");
      await popupOf(page).getByRole("textbox").focus();
      await page.keyboard.press("Escape");
      await expect(resultOf(page)).resolves.toEqual({});
    });

    it("reports an error of the API", async () => {
      const page = await launch(`${harness.pages.origin}/challenge?token=garbage`, "popup");
      await popupOf(page).getByRole("heading", { name: "This link does not work" }).waitFor();
      await expect(page.evaluate(() => globalThis.launched.errors)).resolves.toEqual([
        { errorCode: "unauthorized", statusCode: 401 },
      ]);
    });

    it("finds the application also when that hides where it comes from", async () => {
      const { url, key } = await newChallenge();
      const page = await launch(url, "popup", `${harness.app.origin}/launch?referrer-policy=no-referrer`);
      await approve(popupOf(page));
      const { token } = await resultOf(page);
      await expect(isApproved(token, key)).resolves.toBe(true);
    });

    it("T39: is not shown in a frame of an application that is not allowed", async () => {
      const { url } = await newChallenge();
      const page = await launch(url, "popup", `${harness.stranger.origin}/launch`);
      await expect
        .poll(() =>
          page
            .frames()
            .find((one) => one.name() === "authsignal")
            ?.url(),
        )
        .toBe("chrome-error://chromewebdata/");
    });
  });

  describe("in a window", () => {
    it.each(["strict-origin-when-cross-origin", "no-referrer"])(
      "hands over a result to an application with the referrer policy %s",
      async (policy) => {
        const { url, key } = await newChallenge();
        const { page, opened } = await launchWindow(url, `${harness.app.origin}/launch?referrer-policy=${policy}`);
        await approve(opened);
        const { token } = await resultOf(page);
        await expect(isApproved(token, key)).resolves.toBe(true);
        expect(tab.problems).toEqual([]);
      },
    );

    it("T39: tells nothing to an opener that is not allowed", async () => {
      const { url } = await newChallenge();
      const { page, opened } = await launchWindow(url, `${harness.stranger.origin}/launch`);
      await approve(opened);
      await opened.getByRole("heading", { name: "Approved" }).waitFor();
      await expect(messagesOf(page)).resolves.toEqual([]);
    });
  });

  describe("by redirection", () => {
    it("comes back with the token added to the query that was there", async () => {
      const { url, key } = await newChallenge({ redirectUrl: `${harness.app.origin}/launch?order=7&token=old#end` });
      const page = await launch(url, "redirect");
      await approve(page);
      await page.waitForURL(/order=7/);
      const { origin, searchParams, hash } = new URL(page.url());
      expect({ origin, order: searchParams.get("order"), hash }).toEqual({
        origin: harness.app.origin,
        order: "7",
        hash: "#end",
      });
      expect(searchParams.getAll("token")).toHaveLength(1);
      await expect(isApproved(searchParams.get("token") ?? "", key)).resolves.toBe(true);
      expect(tab.problems).toEqual([]);
    });

    it.each([
      ["?sig=a%20b~c%2Bd", "?sig=a%20b~c%2Bd&token="],
      ["?flag&x=1", "?flag&x=1&token="],
      ["?next=a/b:c&&d", "?next=a/b:c&&d&token="],
      ["?tok%65n=old&a=1&token", "?a=1&token="],
      ["?", "?token="],
      ["", "?token="],
      ["#a?token=1", "?token="],
    ])("C42: leaves the query %j as it is written", async (query, expected) => {
      const { url, key } = await newChallenge({ redirectUrl: `${harness.app.origin}/launch${query}` });
      const page = await launch(url, "redirect");
      await approve(page);
      await page.waitForURL(/launch\?/);
      const [before, token = ""] = page.url().replace(/#.*$/, "").split("token=");
      expect(`${before}token=`).toBe(`${harness.app.origin}/launch${expected}`);
      await expect(isApproved(token, key)).resolves.toBe(true);
    });

    it("T36: returns to an application by a scheme of its own", async () => {
      const { url, key } = await newChallenge({ redirectUrl: `${appScheme}/7?order=7` });
      const page = await launch(url, "redirect");
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("Page.enable");
      // Nothing on this machine opens it, so that it is asked for is all there is to see.
      const asked = new Promise<string>((resolve) =>
        cdp.once("Page.frameRequestedNavigation", (to) => resolve(to.url)),
      );
      await approve(page);
      const returned = new URL(await asked);
      expect(returned.href.startsWith(`${appScheme}/7?order=7&token=`)).toBe(true);
      await expect(isApproved(returned.searchParams.get("token") ?? "", key)).resolves.toBe(true);
    });

    it("comes back with a token that is worth nothing when it was cancelled", async () => {
      const { url, key } = await newChallenge({ redirectUrl: `${harness.app.origin}/launch` });
      const page = await launch(url, "redirect");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.waitForURL(/token=/);
      await expect(isApproved(new URL(page.url()).searchParams.get("token") ?? "", key)).resolves.toBe(false);
    });

    it("T36: stays where it is when the return leads to an origin that is not allowed", async () => {
      const { url } = await newChallenge({ redirectUrl: `${harness.stranger.origin}/launch` });
      const page = await launch(url, "redirect");
      await approve(page);
      await page.getByText("You can close this page.").waitFor();
      expect(new URL(page.url()).origin).toBe(harness.pages.origin);
      expect(harness.stranger.requests.filter((one) => one.url.includes("token="))).toEqual([]);
    });

    it("T38: leaves the token in no address, history or referrer", async () => {
      const { url, token } = await newChallenge({ redirectUrl: `${harness.app.origin}/launch?back=1` });
      const page = await launch(url, "redirect");
      await page.getByRole("textbox").waitFor();
      expect(page.url()).toBe(`${harness.pages.origin}/challenge`);
      const cdp = await page.context().newCDPSession(page);
      const { entries } = await cdp.send("Page.getNavigationHistory");
      expect(entries.map((entry) => entry.url).filter((one) => one.includes(token))).toEqual([]);
      await approve(page);
      await page.waitForURL(/back=1/);
      const { entries: after } = await cdp.send("Page.getNavigationHistory");
      // The way back leads to the application, not to a request that is over.
      expect(after.map((entry) => new URL(entry.url).origin)).not.toContain(harness.pages.origin);
      expect(harness.pages.requests.filter(({ referer = "" }) => referer.includes("token"))).toEqual([]);
      expect(harness.app.requests.filter(({ referer = "" }) => referer.startsWith(harness.pages.origin))).toEqual([]);
    });
  });
});
