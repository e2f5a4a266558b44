import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import type { Browser, BrowserContextOptions, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTab, type Tab } from "./browser.ts";
import { appCode, createHarness, giveApp, type Harness, track } from "./harness.ts";

const scripts = "**/challenge/assets/**";

/** APIs that browsers of the baseline (Safari 16.4, Chrome 109, Firefox 115) may lack, and some that others may. */
const newerApis = [
  "AbortSignal.any",
  "AbortSignal.timeout",
  "Array.fromAsync",
  "Array.prototype.findLast",
  "Array.prototype.toReversed",
  "Array.prototype.toSorted",
  "Array.prototype.toSpliced",
  "Array.prototype.with",
  "AuthenticatorAttestationResponse.prototype.getTransports",
  "Iterator",
  "Map.groupBy",
  "Object.groupBy",
  "Promise.try",
  "Promise.withResolvers",
  "PublicKeyCredential.parseCreationOptionsFromJSON",
  "PublicKeyCredential.parseRequestOptionsFromJSON",
  "PublicKeyCredential.prototype.toJSON",
  "RegExp.escape",
  "Set.prototype.union",
  "String.prototype.isWellFormed",
  "String.prototype.toWellFormed",
  "URL.canParse",
  "URL.parse",
  "cookieStore",
  "navigation",
  "scheduler",
  "structuredClone",
];

describe.skipIf(!hasChromium)("the page's start", () => {
  let harness: Harness;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    [harness, browser] = await Promise.all([createHarness(), launchChromium()]);
    await giveApp(harness, "starter");
  });
  afterAll(() => harness.close());
  afterEach(() => tab.page.context().close());

  /** Opens the page, once it has been made worse. */
  async function open(
    worsen: (page: Page) => Promise<unknown> = async () => undefined,
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    tab = await openTab(browser, harness, options);
    await worsen(tab.page);
    await tab.page.goto((await track(harness, "starter")).url);
    return tab.page;
  }

  const loading = (page: Page): ReturnType<Page["locator"]> => page.getByText("Loading…");
  const failure = (page: Page): ReturnType<Page["locator"]> => page.getByText("This page could not start.");

  it("takes three requests and no more than 25 kB", async () => {
    tab = await openTab(browser, harness);
    const cdp = await tab.page.context().newCDPSession(tab.page);
    await cdp.send("Network.enable");
    const paths: string[] = [];
    let bytes = 0;
    cdp.on("Network.requestWillBeSent", ({ request: { url } }) => void paths.push(new URL(url).pathname));
    cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await tab.page.goto((await track(harness, "starter")).url);
    await tab.page.getByRole("textbox").waitFor();
    expect(paths.map((path) => path.replace(/[\w-]{16}/, "version"))).toEqual([
      "/challenge",
      "/challenge/assets/version/page.js",
      "/challenge/init",
    ]);
    expect(bytes).toBeLessThan(25_000);
    expect(tab.problems).toEqual([]);
  });

  it("is seen before its script is there", async () => {
    const held: Route[] = [];
    const page = await open(async (one) => {
      await one.route(scripts, (route) => void held.push(route));
      // What waits for the script ends after it.
      const { goto } = one;
      one.goto = (url) => goto.call(one, url, { waitUntil: "commit" });
    });
    await loading(page).waitFor();
    await expect(page.locator(".spinner").evaluate((one) => getComputedStyle(one).borderRadius)).resolves.toBe("50%");
    expect(await failure(page).isVisible()).toBe(false);
    await expect.poll(() => held.length).toBe(1);
    await held[0]?.continue();
    await page.getByRole("textbox").waitFor();
  });

  itInFull("C40: works in a browser without newer APIs", async () => {
    const page = await open((one) =>
      one.addInitScript((names) => {
        for (const name of names) {
          const parts = name.split(".");
          const last = parts.pop() ?? "";
          let owner: any = globalThis;
          for (const part of parts) owner = owner?.[part];
          if (owner !== undefined) delete owner[last];
        }
      }, newerApis),
    );
    await expect(page.evaluate(() => "canParse" in URL || "any" in AbortSignal)).resolves.toBe(false);
    await page.getByRole("textbox").fill(appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(tab.problems).toEqual([]);
  });

  const causes: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    "is not found": (page) => page.route(scripts, (route) => route.fulfill({ status: 404, body: "Not found" })),
    "is blocked": (page) => page.route(scripts, (route) => route.abort("blockedbyclient")),
    "is lost on the way": (page) => page.route(scripts, (route) => route.abort("connectionreset")),
    "is in a language that the browser does not know": (page) =>
      page.route(scripts, (route) => route.fulfill({ contentType: "text/javascript", body: "const a = b ?.?. c;" })),
    "needs what the browser does not have": (page) =>
      page.addInitScript(() => Reflect.deleteProperty(globalThis, "ResizeObserver")),
    "needs what the browser does not have later on": (page) =>
      page.addInitScript(() => Reflect.deleteProperty(Element.prototype, "replaceChildren")),
    "cannot ask the server": (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "fetch")),
  };

  Object.keys(causes).forEach((cause) => saysSo(cause === "is not found" ? it : itInFull, cause));

  function saysSo(test: typeof it, cause: string): void {
    test(`C40: says so in place of the spinner when the script ${cause}`, async () => {
      const page = await open(causes[cause]);
      await failure(page).waitFor();
      expect(await loading(page).isVisible()).toBe(false);
    });
  }

  itInFull("C40: starts at last when it is reloaded, with the token that it had", async () => {
    const page = await open(causes["is lost on the way"]);
    await failure(page).waitFor();
    await page.unroute(scripts);
    await page.getByRole("button", { name: "Reload" }).click();
    await page.getByRole("textbox").waitFor();
  });

  itInFull("C40: says so after a while in a browser that says nothing", async () => {
    // No script of the page's runs, and the browser believes that scripts do.
    const page = await open((one) =>
      one.route("**/challenge?*", async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        await route.fulfill({
          response,
          body: text.replaceAll("<script", "<template").replaceAll("/script>", "/template>"),
        });
      }),
    );
    await loading(page).waitFor();
    await page.evaluate(() => {
      for (const animation of document.getAnimations()) animation.currentTime = 25_000;
    });
    await failure(page).waitFor();
  });

  itInFull("C40: says what it needs where scripts are switched off", async () => {
    const page = await open(undefined, { javaScriptEnabled: false });
    // Texts of this element are nothing to getByText.
    await page.locator("noscript p", { hasText: "This page needs JavaScript" }).waitFor();
    expect(await loading(page).isVisible()).toBe(false);
    expect(await failure(page).isVisible()).toBe(false);
  });
});
