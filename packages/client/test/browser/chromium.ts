import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe } from "vitest";
import { type Backend, startBackend } from "../backend.ts";
import { bundle, sourcePage } from "../bundle.ts";
import type { Outcome } from "../pages/app.ts";

/** What Playwright switches off, and users have. */
const without = ["--disable-popup-blocking", "--disable-back-forward-cache"];

/** A test's own bank, and a browser that has nothing stored. */
export interface World {
  readonly backend: Backend;
  readonly context: BrowserContext;
  /** Opens a page of the application in a tab. */
  open(path: string): Promise<Page>;
}

/** Describes what happens in Chromium, where there is one. */
export function describeInChromium(name: string, script: string, tests: (world: World) => void): void {
  describe.skipIf(!hasChromium)(name, () => {
    let browser: Browser;
    let code: string;
    let backend: Backend;
    let context: BrowserContext;

    beforeAll(async () => {
      [browser, { code }] = await Promise.all([launchChromium({ without }), bundle(sourcePage(script))]);
    });

    beforeEach(async () => {
      const html = '<!doctype html><title>Bank</title><body><script type="module" src="/app.js"></script>';
      const page = { type: "html", content: html };
      const pages = { "/": page, "/return": page, "/unasked": page };
      backend = await startBackend({ ...pages, "/app.js": { type: "js", content: code } });
      context = await browser.newContext();
      context.setDefaultTimeout(45_000);
    });
    afterEach(async () => {
      await context.close();
      await backend.close();
    });

    tests({
      get backend() {
        return backend;
      },
      get context() {
        return context;
      },
      async open(path) {
        const page = await context.newPage();
        await page.goto(backend.origin + path);
        return page;
      },
    });
  });
}

/** What the calls of a page became, once there are `count` of them. */
export async function outcomesOf(page: Page, count = 1): Promise<readonly Outcome[]> {
  await page.waitForFunction((count) => window.outcomes?.length >= count, count);
  return page.evaluate(() => window.outcomes);
}
