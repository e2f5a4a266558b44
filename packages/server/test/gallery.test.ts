import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import type { Served } from "@require-action-test/support/serve";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { galleryStates } from "../src/dev/gallery-states.ts";
import { createServer } from "../src/index.ts";
import { apiSecret, tenantId } from "./harness.ts";
import { openTab } from "./pages/browser.ts";
import { galleryEngine, serveGallery } from "./pages/gallery-server.ts";

describe("the gallery", () => {
  let served: Served;
  const page = { appName: "Acme Bank", accent: "#0b6e4f" };

  beforeAll(async () => {
    served = await serveGallery(page);
  });
  afterAll(() => served.close());

  it("is there for developers only", async () => {
    const server = createServer(galleryEngine(), { apiSecrets: [apiSecret], tenantId, page });
    for (const path of ["/dev/gallery", "/dev/gallery/challenge"]) {
      expect((await server(new Request(`http://localhost${path}`))).status).toBe(404);
    }
    expect((await fetch(`${served.origin}/dev/gallery`)).status).toBe(200);
  });

  it("answers for no state but its own", async () => {
    const reply = await fetch(`${served.origin}/dev/gallery/challenge/init`, {
      method: "POST",
      headers: { authorization: "Bearer nobody" },
    });
    expect(reply.status).toBe(404);
  });

  it.each([
    ["en", "EUR\u00a01,250.00"],
    ["de", "1.250,00\u00a0EUR"],
    ["no language", "EUR\u00a01,250.00"],
    [7, "EUR\u00a01,250.00"],
  ])("writes the amount as the language of the page does: %j", async (language, expected) => {
    const reply = await fetch(`${served.origin}/dev/gallery/challenge/init`, {
      method: "POST",
      headers: { authorization: "Bearer authenticator app", "content-type": "application/json" },
      body: JSON.stringify({ language }),
    });
    const { action } = (await reply.json()) as { action: { details: unknown[] } };
    expect(action.details[0]).toEqual({ label: "Amount", value: expected, isMain: true });
  });

  itInFull.skipIf(!hasChromium)("shows the page itself in every state, in its theme", async () => {
    const browser = await launchChromium();
    const { page, problems } = await openTab(
      browser,
      { pages: served, app: served },
      {
        viewport: { width: 1400, height: 900 },
      },
    );
    await page.goto(`${served.origin}/dev/gallery`);
    const frames = page.locator("iframe");
    await expect.poll(() => page.locator("iframe:not([data-state])").count(), { timeout: 20_000 }).toBe(0);
    await expect(frames.evaluateAll((all) => all.map((one) => (one as HTMLIFrameElement).title))).resolves.toEqual(
      galleryStates.map(({ name }) => name),
    );
    await expect(
      page.locator("iframe[data-state=stuck]").evaluateAll((all) => all.map((one) => (one as HTMLIFrameElement).title)),
    ).resolves.toEqual([]);
    const heading = (name: string): ReturnType<typeof page.locator> =>
      page.frameLocator(`iframe[title="${name}"]`).locator("h1, h2");
    await expect.poll(() => heading("approved").first().textContent()).toBe("Approved");
    await expect.poll(() => heading("ended by its user").first().textContent()).toBe("The request has ended");
    await expect.poll(() => heading("lost method").last().textContent()).toBe("Lost access to this method?");
    await expect.poll(() => heading("no connection").first().textContent()).toBe("No connection");
    const accent = await page
      .frameLocator('iframe[title="authenticator app"]')
      .locator(".primary")
      .evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(accent).toBe("rgb(11, 110, 79)");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
