import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import type { Served } from "@require-action-test/support/serve";
import type { Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { galleryStates } from "../../src/dev/gallery-states.ts";
import { axeFindingsIn } from "../axe-findings.ts";
import { serveGallery } from "./gallery-server.ts";

/** Each language, scheme and width at least once: what axe looks at differs by one of them. */
const covering = [
  { locale: "en", colorScheme: "light", width: 390 },
  { locale: "de", colorScheme: "dark", width: 390 },
  { locale: "ja", colorScheme: "dark", width: 1200 },
  { locale: "ar", colorScheme: "light", width: 1200 },
] as const;
/** With `GALLERY_PICTURES`, a folder for pictures of all, each combination of them: minutes. */
const pictures = process.env["GALLERY_PICTURES"];
const settings =
  pictures === undefined
    ? covering
    : covering.flatMap(({ locale }) =>
        (["light", "dark"] as const).flatMap((colorScheme) =>
          [390, 1200].map((width) => ({ locale, colorScheme, width })),
        ),
      );

describe.skipIf(!hasChromium)("every state of the page", () => {
  let served: Served;

  beforeAll(async () => {
    served = await serveGallery({
      appName: "Acme Bank",
      supportUrl: "https://bank.example/help",
      privacyUrl: "https://bank.example/privacy",
    });
  });
  afterAll(() => served.close());

  async function openGallery(setting: (typeof settings)[number]): Promise<Page> {
    const { locale, colorScheme, width } = setting;
    const browser = await launchChromium();
    const context = await browser.newContext({
      locale,
      colorScheme,
      viewport: { width, height: 900 },
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.goto(`${served.origin}/dev/gallery`);
    // One below the other, each as wide as the window.
    await page.evaluate(() => (document.querySelector("main")!.style.gridTemplateColumns = "minmax(0, 1fr)"));
    await expect.poll(() => page.locator("iframe:not([data-state])").count(), { timeout: 60_000 }).toBe(0);
    return page;
  }

  /** The frames by the names of their states. */
  async function framesOf(page: Page): Promise<readonly (readonly [name: string, frame: Frame])[]> {
    const handles = await page.locator("iframe").elementHandles();
    return Promise.all(
      handles.map(async (one) => [String(await one.getAttribute("title")), (await one.contentFrame())!] as const),
    );
  }

  it.each(settings)("has no finding of axe in $locale, $colorScheme, $width pixels wide", async (setting) => {
    const page = await openGallery(setting);
    const found: string[] = [];
    const frames = await framesOf(page);
    expect(frames).toHaveLength(galleryStates.length);
    for (const [name, frame] of frames) {
      const violations = await axeFindingsIn(frame);
      found.push(...violations.map((one) => `${name}: ${one}`));
      const overflows = await frame.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (overflows) found.push(`${name}: overflows`);
    }
    if (pictures !== undefined) {
      const path = `${pictures}/${Object.values(setting).join("-")}.png`;
      await page.screenshot({ path, fullPage: true });
    }
    expect(found).toEqual([]);
    await page.context().close();
  });

  it("would be found wanting: a faint text and a field without a name", async () => {
    const page = await openGallery(settings[0]!);
    const [[, frame] = []] = await framesOf(page);
    await frame!.evaluate(() => {
      document.querySelector("h1")!.style.color = "#eee";
      document.querySelector("label")!.remove();
    });
    const ids = (await axeFindingsIn(frame!)).map((one) => one.split(":")[0]);
    expect(ids).toEqual(expect.arrayContaining(["color-contrast", "label"]));
    await page.context().close();
  });
});
