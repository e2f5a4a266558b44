import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { inFull } from "@require-action-test/support/full";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, createMemoryStore } from "@require-action/engine";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";
import { axeFindingsIn } from "./axe-findings.ts";
import { seedFigures } from "../../engine/test/figures-seed.ts";

const settings = [
  { colorScheme: "light", width: 1280 },
  ...(inFull
    ? ([
        { colorScheme: "dark", width: 360 },
        { colorScheme: "dark", width: 1280 },
        { colorScheme: "light", width: 360 },
      ] as const)
    : []),
] as const;
/** With `CONSOLE_PICTURES`, a folder for pictures of all. */
const pictures = process.env["CONSOLE_PICTURES"];

describe.skipIf(!hasChromium)("the console's figures in a browser", () => {
  let http: Served;
  let browser: Browser;
  const problems: string[] = [];

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request) => server(request)));
    const store = createMemoryStore();
    const engine = createEngine({
      policy: { actions: { "withdraw-funds": { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: http.origin,
      store,
    });
    await seedFigures(store, Date.now());
    await engine.figures.count();
    const passwordHash = await hashPassword("correct horse");
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: { reviewers: [{ id: "bob", passwordHash, role: "look" }], secureCookies: false },
    });
    browser = await launchChromium();
  });
  afterAll(() => http.close());

  async function open({
    width,
    ...others
  }: {
    readonly width: number;
    readonly colorScheme?: "light" | "dark";
    readonly javaScriptEnabled?: boolean;
  }): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, locale: "en-GB", ...others });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", (request) => request.url().startsWith(http.origin) || problems.push(request.url()));
    await page.goto(`${http.origin}/console/figures?range=7d`);
    await page.getByLabel("Reviewer").fill("bob");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Figures" }).waitFor();
    return page;
  }

  it.each(settings)("fit $width pixels in $colorScheme, and axe finds nothing", async (setting) => {
    const page = await open(setting);
    if (pictures !== undefined) {
      await page.screenshot({
        path: `${pictures}/figures-${setting.width}-${setting.colorScheme}.png`,
        fullPage: true,
      });
    }
    for (const summary of await page.locator("summary").all()) await summary.click();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(setting.width);
    expect(await axeFindingsIn(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("take a range, an action, a table and a file without script, and by keys alone", async () => {
    const page = await open({ width: 1280, javaScriptEnabled: false });
    await page.getByRole("link", { name: "30 days" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/figures?range=30d");
    await page.getByRole("combobox", { name: "Action" }).focus();
    await page.keyboard.type("change");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/figures?range=30d&action=change-payee");
    await page.getByText("Table of Outcomes").focus();
    await page.keyboard.press("Enter");
    const rows = page.getByRole("region", { name: "Table of Outcomes", exact: true }).getByRole("row");
    await expect.poll(() => rows.count()).toBe(31);
    await expect.poll(() => page.getByRole("img", { name: "Allowed" }).count()).toBe(1);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "CSV of Time to pass" }).focus();
    await page.keyboard.press("Enter");
    expect((await download).suggestedFilename()).toBe("time-30d.csv");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
