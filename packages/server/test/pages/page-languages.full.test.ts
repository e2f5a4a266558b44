import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import type { Served } from "@require-action-test/support/serve";
import type { Browser, Frame } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { galleryStates } from "../../src/dev/gallery-states.ts";
import { languageNames } from "../../src/languages/catalogue.ts";
import { openTab } from "./browser.ts";
import { serveGallery } from "./gallery-server.ts";

describe.skipIf(!hasChromium)("every state of the page, 320 pixels wide", () => {
  let served: Served;
  let browser: Browser;

  beforeAll(async () => {
    const page = { appName: "Acme Bank", supportUrl: "https://acme.example/help" };
    [served, browser] = await Promise.all([serveGallery(page), launchChromium()]);
  });
  afterAll(() => served.close());

  /** What is wider than its place, and texts that lack something. */
  async function faultsOf(frame: Frame): Promise<readonly string[]> {
    return frame.evaluate(() => {
      document.body.style.width = "320px";
      const overflowing = [...document.querySelectorAll("#card *")]
        .filter((one) => one.closest(".visually-hidden") === null && one.clientWidth > 0)
        .filter((one) => getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1)
        .map((one) => `${one.tagName}: ${one.textContent}`);
      const text = document.body.innerText;
      return /[{}]|undefined/.test(text) ? [...overflowing, text] : overflowing;
    });
  }

  it.each(languageNames)("has room for %s, from its own side", async (locale) => {
    const { page, problems } = await openTab(
      browser,
      { pages: served, app: served },
      {
        viewport: { width: 400, height: 900 },
        locale,
      },
    );
    await page.goto(`${served.origin}/dev/gallery`);
    await expect.poll(() => page.locator("iframe:not([data-state=shown])").count(), { timeout: 30_000 }).toBe(0);
    const frames = page.frames().slice(1);
    expect(frames).toHaveLength(galleryStates.length);
    for (const frame of frames) {
      const direction = await frame.evaluate(() => getComputedStyle(document.body).direction);
      expect(direction, frame.url()).toBe(locale === "ar" ? "rtl" : "ltr");
      expect(await faultsOf(frame), frame.url()).toEqual([]);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
