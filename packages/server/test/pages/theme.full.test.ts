import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { serve } from "@require-action-test/support/serve";
import { createEngine } from "@require-action/engine";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createServer, toNodeHandler } from "../../src/index.ts";
import { createTheme } from "../../src/theme/create-theme.ts";
import type { PageTheme } from "../../src/theme/page-theme.ts";
import { apiSecret, policy, tenantId } from "../harness.ts";
import { openTab, useTabs } from "./browser.ts";
import { findFaintTexts } from "./faint-texts.ts";
import { createHarness, giveApp, type Harness, track } from "./harness.ts";

const logo = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="28" viewBox="0 0 120 28"><script>document.title = "owned"</script><rect width="120" height="28" fill="#0b6e4f"/></svg>',
);

const theme: PageTheme = {
  logo: { image: logo, width: 120, height: 28 },
  accent: "#0b6e4f",
  radius: 2,
  fontFamily: ["Georgia", "serif"],
  supportUrl: "https://acme.example/help?from=challenge&lang=en",
  privacyUrl: "mailto:privacy@acme.example",
  footer: 'Acme Bank plc </footer><b id="injected">',
};

describe.skipIf(!hasChromium)("the page, in a bank's colours", () => {
  let harness: Harness;

  beforeAll(async () => {
    const pages = { theme: createTheme(theme, { appName: "Acme Bank" }) };
    harness = await createHarness({ pages });
    await giveApp(harness, "alice");
  });
  afterAll(() => harness.close());
  const tabs = useTabs(() => harness);

  async function open(options?: BrowserContextOptions): Promise<Page> {
    const page = await tabs.open((await track(harness, "alice")).url, options);
    await page.getByRole("textbox").waitFor();
    return page;
  }

  const styleOf = (page: Page, name: string, property: "backgroundColor" | "borderRadius" | "fontFamily") =>
    page.getByRole("button", { name }).evaluate((button, one) => getComputedStyle(button)[one], property);

  it("wears them, in light and dark, and can be read in both", async () => {
    const page = await open({ colorScheme: "light", reducedMotion: "reduce" });
    await expect(styleOf(page, "Approve", "backgroundColor")).resolves.toBe("rgb(11, 110, 79)");
    await expect(styleOf(page, "Approve", "borderRadius")).resolves.toBe("2px");
    await expect(styleOf(page, "Approve", "fontFamily")).resolves.toBe("Georgia, serif");
    await expect(page.evaluate(findFaintTexts)).resolves.toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(styleOf(page, "Approve", "backgroundColor")).resolves.not.toBe("rgb(11, 110, 79)");
    await expect(page.evaluate(findFaintTexts)).resolves.toEqual([]);
  });

  it("T45: has a logo that runs no script, and keeps its room before it is there", async () => {
    const page = await open();
    const picture = page.getByRole("img", { name: "Acme Bank" });
    await expect(picture.boundingBox()).resolves.toMatchObject({ width: 120, height: 28 });
    await expect(picture.evaluate((one: HTMLImageElement) => one.decode().then(() => one.naturalWidth))).resolves.toBe(
      120,
    );
    const src = await picture.evaluate((one: HTMLImageElement) => one.src);
    const reply = await fetch(src);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(logo);
    expect(reply.headers.get("content-type")).toBe("image/svg+xml");
    expect(reply.headers.get("content-security-policy")).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
    await expect(page.title()).resolves.toBe("Withdraw funds · Acme Bank");
  });

  itInFull("leads to help and to the privacy notice, beside what is under way", async () => {
    const page = await open();
    const help = page.getByRole("contentinfo").getByRole("link", { name: "Get help" });
    await expect(help.getAttribute("href")).resolves.toBe(theme.supportUrl);
    await expect(help.getAttribute("target")).resolves.toBe("_blank");
    await expect(help.getAttribute("rel")).resolves.toBe("noopener noreferrer");
    await expect(page.getByRole("link", { name: "Privacy" }).getAttribute("target")).resolves.toBeNull();
    // HTML in it is text.
    await page
      .getByRole("contentinfo")
      .getByText(theme.footer ?? "")
      .waitFor();
    await expect(page.locator("#injected").count()).resolves.toBe(0);
  });

  itInFull("shows the way to help where a method is lost", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Lost access" }).click();
    await expect(page.getByRole("main").getByRole("link", { name: "Get help" }).getAttribute("href")).resolves.toBe(
      theme.supportUrl,
    );
  });
});

describe.skipIf(!hasChromium)("the pages that messages lead to", () => {
  it("T45: wear them too, and run nothing", async () => {
    const page = { ...theme, appName: "Acme Bank" };
    const engine = createEngine({
      policy,
      secrets: ["an engine secret for tests, 32 bytes long"],
      issuer: "https://bank.example",
      baseUrl: "http://localhost",
    });
    const handler = toNodeHandler(createServer(engine, { apiSecrets: [apiSecret], tenantId, page }));
    const served = await serve(handler, "localhost");
    onTestFinished(() => served.close());
    const tab = await openTab(await launchChromium(), { pages: served, app: served }, { reducedMotion: "reduce" });
    onTestFinished(() => tab.page.context().close());
    for (const path of ["magic-link", "deny"]) {
      const reply = await tab.page.goto(`${served.origin}/${path}?link=over`);
      expect([reply?.status(), reply?.headers()["content-security-policy"]]).toEqual([
        410,
        expect.stringMatching(/; style-src 'sha256-[\w+/]{43}='; img-src 'self'; base-uri 'none';/),
      ]);
      const picture = tab.page.getByRole("img", { name: "Acme Bank" });
      await expect(picture.boundingBox()).resolves.toMatchObject({ width: 120, height: 28 });
      const help = tab.page.getByRole("contentinfo").getByRole("link", { name: "Get help" });
      await expect(help.evaluate((link) => getComputedStyle(link).fontFamily)).resolves.toBe("Georgia, serif");
      for (const colorScheme of ["light", "dark"] as const) {
        await tab.page.emulateMedia({ colorScheme });
        await expect(tab.page.evaluate(findFaintTexts)).resolves.toEqual([]);
      }
    }
    expect(tab.problems).toEqual([]);
  });
});

describe("the document of a theme", () => {
  it("allows pictures of the page's own origin where there is a logo, and none but its own icon where not", async () => {
    const policyOf = async (pages: PageTheme): Promise<string> => {
      const harness = await createHarness({ pages: { theme: createTheme(pages, { appName: "Acme Bank" }) } });
      const reply = await fetch(`${harness.pages.origin}/challenge`);
      await harness.close();
      return reply.headers.get("content-security-policy") ?? "";
    };
    const themed = await policyOf(theme);
    expect(themed).toContain("; img-src data: 'self';");
    expect(themed).not.toContain("unsafe");
    await expect(policyOf({ accent: "#06c" })).resolves.toContain("; img-src data:;");
  });

  it("serves no logo but its own", async () => {
    const harness = await createHarness({ pages: { theme: createTheme(theme, { appName: "Acme Bank" }) } });
    const replies = await Promise.all(
      ["0123456789abcdef/logo.svg", "0123456789abcdef/page.js"].map((file) =>
        fetch(`${harness.pages.origin}/challenge/assets/${file}`),
      ),
    );
    await harness.close();
    expect(replies.map(({ status }) => status)).toEqual([404, 404]);
  });
});
