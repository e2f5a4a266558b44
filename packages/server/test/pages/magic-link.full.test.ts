import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import type { MagicLinkMessage } from "@require-action/engine/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, type Harness, track } from "./harness.ts";

const email = "alice@mail.example";
const policy = { actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } } } as const;

describe.skipIf(!hasChromium)("a link by e-mail on the page", () => {
  let harness: Harness;
  const links: MagicLinkMessage[] = [];

  beforeAll(async () => {
    const sendMagicLink = (message: MagicLinkMessage): void => void links.push(message);
    harness = await createHarness({ engine: { policy, delivery: { sendMagicLink } } });
  });
  afterAll(() => harness.close());
  const { openClocked } = useTabs(() => harness);

  /** Opens the page of a user who has links, with a clock that the test moves on. */
  async function open(userId: string) {
    await harness.engine.authenticators.enrollVerified(userId, { verificationMethod: "EMAIL_MAGIC_LINK", email });
    const tracked = await track(harness, userId);
    return { page: await openClocked(tracked.url), key: tracked.key };
  }

  const numberOn = async (page: Page): Promise<string> => (await page.locator(".number").textContent()) ?? "";
  const lastLink = (): string => new URL(links.at(-1)?.url ?? "").searchParams.get("link") ?? "";
  /** Lets the page ask, until it has gone on. */
  async function goOn(page: Page, isThere: () => Promise<boolean>): Promise<void> {
    await expect
      .poll(
        async () => {
          await page.clock.runFor(5_000);
          return isThere();
        },
        { timeout: 30_000 },
      )
      .toBe(true);
  }

  it("T55: shows the number, and goes on once the reader of the mail has typed it", async () => {
    const { page, key } = await open("link-user");
    await page.getByRole("button", { name: "Send link" }).click();
    const number = await numberOn(page);
    expect(number).toMatch(/^\d{2}$/);
    await page.clock.runFor(5_000);
    expect((await harness.engine.actions.find(key))?.state).toBe("CHALLENGE_REQUIRED");
    expect(await harness.engine.magicLinks.match(lastLink(), number)).toBe(true);
    await goOn(page, () => page.getByRole("heading", { name: /approved/i }).isVisible());
    expect((await harness.engine.actions.find(key))?.state).toBe("CHALLENGE_SUCCEEDED");
  });

  itInFull("is asked for again after a wrong number, with a number of its own", async () => {
    const { page, key } = await open("wrong-user");
    await page.getByRole("button", { name: "Send link" }).click();
    const number = Number(await numberOn(page));
    expect(await harness.engine.magicLinks.match(lastLink(), String(number === 99 ? 98 : number + 1))).toBe(false);
    await page.clock.runFor(31_000);
    const before = links.length;
    await page.getByRole("button", { name: "Send a new link" }).click();
    await expect.poll(() => links.length).toBe(before + 1);
    await goOn(page, () => page.getByText("You can ask for a new one").isVisible());
    expect(await harness.engine.magicLinks.match(lastLink(), await numberOn(page))).toBe(true);
    await goOn(page, () => page.getByRole("heading", { name: /approved/i }).isVisible());
    expect((await harness.engine.actions.find(key))?.state).toBe("CHALLENGE_SUCCEEDED");
  });

  itInFull("goes on after the network was away, and gives way to another way to approve", async () => {
    await giveApp(harness, "two-ways");
    const { page } = await open("two-ways");
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "E-mail link" }).click();
    await page.locator(".number").waitFor();
    harness.network.isDown = true;
    await goOn(page, () => page.getByText("We could not be reached").isVisible());
    harness.network.isDown = false;
    await goOn(page, async () => !(await page.getByText("We could not be reached").isVisible()));
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "Authenticator app" }).click();
    await page.getByRole("textbox").fill(appCode(harness));
    await page.getByRole("heading", { name: /approved/i }).waitFor();
  });
});
