import { launchChromium } from "@require-action-test/support/chromium";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterEach, expect } from "vitest";
import type { Harness } from "./harness.ts";

/** A tab that notes what a page of ours must never do. */
export interface Tab {
  readonly page: Page;
  /** Violations of the content security policy, uncaught errors, and requests to anybody but page and application. */
  readonly problems: readonly string[];
}

const timeout = 45_000;

export async function openTab(
  browser: Browser,
  { pages, app }: Readonly<Record<"pages" | "app", { readonly origin: string }>>,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 480, height: 800 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(timeout);
  const problems: string[] = [];
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "about:" && origin !== pages.origin && origin !== app.origin) problems.push(request.url());
  });
  await context.exposeBinding("noteViolation", (_source, text: string) => void problems.push(text));
  await context.addInitScript(`document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    noteViolation(violatedDirective + " " + blockedURI));`);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  return { page, problems };
}

/** The tabs of tests. Each test's are closed after it, and must have had no problems. */
interface Tabs {
  /** Opens an empty tab, for the harness's own page and application unless others are named. */
  openEmpty(options?: BrowserContextOptions, servers?: Pick<Harness, "pages" | "app">): Promise<Page>;
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Opens the page with a clock that the test moves on. */
  openClocked(url: string): Promise<Page>;
}

/** Opens tabs for the tests of the `describe` that it is called in. */
export function useTabs(harnessNow: () => Harness): Tabs {
  const tabs: Tab[] = [];
  afterEach(async () => {
    const opened = tabs.splice(0);
    harnessNow().network.isDown = false;
    expect(opened.flatMap(({ problems }) => problems)).toEqual([]);
    for (const { page } of opened) await page.context().close();
  });

  async function openEmpty(
    options?: BrowserContextOptions,
    servers: Pick<Harness, "pages" | "app"> = harnessNow(),
  ): Promise<Page> {
    const tab = await openTab(await launchChromium(), servers, options);
    tabs.push(tab);
    return tab.page;
  }

  return {
    openEmpty,
    async open(url, options) {
      const page = await openEmpty(options);
      await page.goto(url);
      return page;
    },
    async openClocked(url) {
      const page = await openEmpty();
      // Before there is a page, so that nothing of it has been told the time by another clock.
      await page.clock.install();
      await page.goto(url);
      return page;
    },
  };
}
