import { createMemoryInbox, type Inbox } from "@require-action/core/agents";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine } from "@require-action/engine";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type FetchHandler, toNodeHandler } from "../src/index.ts";
import { findingsOf } from "./axe-findings.ts";
import { apiSecret, policy, tenantId } from "./harness.ts";

const schemes = ["light", "dark"] as const;
const widths = [1280, 360] as const;
const settings = (["en", "ar"] as const).flatMap((locale) =>
  schemes.flatMap((colorScheme) => widths.map((width) => ({ locale, colorScheme, width }))),
);
const custom = {
  amount: "1250.00",
  payee: "DE89370400440532013000-and-a-reference-that-is-too-long-for-one-line-of-a-phone",
};

describe.skipIf(!hasChromium)("every page of the inbox", () => {
  let http: Served;
  let inbox: Inbox;

  beforeAll(async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    inbox = createMemoryInbox({ pageUrl: `${http.origin}/approvals`, limitPerUser: 100 });
    const secrets = ["an engine secret for tests, 32 bytes long"];
    const engine = createEngine({ policy, secrets, issuer: "bank", baseUrl: http.origin });
    const user = (request: Request) => /(?:^|; )session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
    const approvals = { inbox, user, signInUrl: `${http.origin}/sign-in` };
    server = createServer(engine, { apiSecrets: [apiSecret], tenantId, approvals, page: { appName: "Acme Bank" } });
  });
  afterAll(() => http.close());

  let asked = 0;
  /** Keeps a request in the inbox, and resolves to the address of its page. */
  async function ask(user: string): Promise<string> {
    const kept = await inbox.keep({
      user,
      action: "withdraw-funds",
      canonical: "",
      keyOnly: true,
      idempotencyKey: `key-${++asked}`,
      bound: custom,
      challenge: { token: "a-token", url: `${http.origin}/challenge` },
      askedFrom: { ipAddress: "203.0.113.7", userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0" },
    });
    return kept!.page!.url;
  }

  async function openBrowser(setting: (typeof settings)[number], user?: string): Promise<Page> {
    const { locale, colorScheme, width } = setting;
    const browser = await launchChromium();
    const viewport = { width, height: 900 };
    // Pages without script hold for axe all the same: it is the test that runs it, past their policy.
    const context = await browser.newContext({
      locale,
      colorScheme,
      viewport,
      reducedMotion: "reduce",
      bypassCSP: true,
    });
    if (user !== undefined) await context.addCookies([{ name: "session", value: user, url: http.origin }]);
    return context.newPage();
  }

  it.each(settings)(
    "has no finding of axe, and fits, in $locale, $colorScheme, $width pixels wide",
    { timeout: 240_000 },
    async (setting) => {
      const user = `user${asked}`;
      const found: string[] = [];
      const seen: string[] = [];
      const look = async (page: Page, state: string): Promise<void> => {
        seen.push(await page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dir}`));
        found.push(...(await findingsOf(page)).map((one) => `${state}: ${one}`));
      };

      const stranger = await openBrowser(setting);
      await stranger.goto(`${http.origin}/approvals`);
      await look(stranger, "signed out");
      await stranger.context().close();

      const page = await openBrowser(setting, user);
      const open = async (address: string, state: string): Promise<void> => {
        await page.goto(address);
        await look(page, state);
      };
      const pageUrl = `${http.origin}/approvals`;
      await open(pageUrl, "none");
      const [first, second] = [await ask(user), await ask(user)];
      await open(pageUrl, "list");
      await open(`${pageUrl}/nothing`, "gone");
      await open(`${pageUrl}/approved`, "approved");
      await open(`${pageUrl}/open`, "left open");
      await open(first, "request");
      await page.getByRole("textbox").fill("00");
      await page.getByRole("textbox").press("Enter");
      await page.getByRole("textbox").waitFor({ state: "detached" });
      await look(page, "wrong number");
      await page.goto(second);
      await page.locator("button").last().click();
      await page.getByRole("textbox").waitFor({ state: "detached" });
      await look(page, "declined");
      expect(found).toEqual([]);
      expect(new Set(seen)).toEqual(new Set([setting.locale === "ar" ? "ar rtl" : "en ltr"]));
      await page.context().close();
    },
  );

  it("would be found wanting: a faint text and a field without a name", async () => {
    const page = await openBrowser(settings[0]!, "wanting");
    await page.goto(await ask("wanting"));
    await page.evaluate(() => {
      document.querySelector("h1")!.style.color = "#eee";
      for (const label of document.querySelectorAll("label")) label.replaceWith(...label.querySelectorAll("input"));
    });
    const ids = (await findingsOf(page)).map((one) => one.split(":")[0]);
    expect(ids).toEqual(expect.arrayContaining(["color-contrast", "label"]));
    await page.context().close();
  });
});
