import { hasChromium } from "@require-action-test/support/chromium";
import { otherThan } from "@require-action-test/support/codes";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { findFaintTexts } from "./faint-texts.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, track } from "./harness.ts";

describe.skipIf(!hasChromium)("the page, for everybody", () => {
  let harness: Harness;
  let users = 0;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());
  const { open } = useTabs(() => harness);

  async function newUser(): Promise<string> {
    const userId = `user-${++users}`;
    await giveApp(harness, userId);
    await giveEmail(harness, userId, `${"long.name.".repeat(5)}${userId}@a-rather-long-domain.mail.example`);
    return userId;
  }

  const custom = {
    amount: "1234567890.12",
    currency: "EUR",
    payee: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    reference: "RF18-5390-0754-7034-RF18-5390-0754-7034-RF18-5390-0754-7034",
  };

  /** Each screen that a user can be on, and the way to it. */
  const screens: readonly (readonly [string, (page: () => Promise<Page>) => Promise<Page>, Record<string, string>?])[] =
    [
      ["the challenge", (page) => page()],
      [
        "a wrong code",
        async (opened) => {
          const page = await opened();
          await page.getByRole("textbox").fill(otherThan(appCode(harness)));
          await page.getByText("That code is wrong").waitFor();
          return page;
        },
      ],
      [
        "the choice of a way",
        async (opened) => {
          const page = await opened();
          await page.getByRole("button", { name: "Use another way" }).click();
          return page;
        },
      ],
      [
        "a sent code",
        async (opened) => {
          const page = await opened();
          await page.getByRole("button", { name: "Use another way" }).click();
          await page.getByRole("button", { name: "E-mail" }).click();
          await page.getByLabel("Code sent to").waitFor();
          return page;
        },
      ],
      [
        "many lines",
        async (opened) => {
          const page = await opened();
          await page.getByText("Show 4 more").click();
          return page;
        },
        { ...custom, ...Object.fromEntries(Array.from({ length: 7 }, (_none, index) => [`line${index}`, "Text"])) },
      ],
    ];

  /** Opens a challenge, an enrolment, the settings, or the end of a request. */
  async function openScreen(name: string, options: BrowserContextOptions): Promise<Page> {
    const userId = await newUser();
    switch (name) {
      case "the enrolment": {
        const page = await open((await track(harness, `${userId}-new`, { custom })).url, options);
        await page.getByRole("button", { name: "Authenticator app" }).click();
        await page.getByText("Type the key instead").click();
        await page.getByRole("img", { name: "QR code" }).waitFor();
        return page;
      }
      case "the settings": {
        const scope = "add:authenticators remove:authenticators";
        const page = await open(`${(await track(harness, userId, { scope })).url}&view=settings`, options);
        await page.getByRole("button", { name: "Remove: E-mail" }).click();
        return page;
      }
      case "the recovery codes": {
        const page = await openScreen("the enrolment", options);
        const secret = (await page.locator(".secret").innerText()).replaceAll(/\s/g, "");
        await page.getByRole("textbox").fill(appCode(harness, secret));
        await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
        return page;
      }
      case "the name of a passkey": {
        const page = await open((await track(harness, `${userId}-key`, { action: "move-house" })).url, options);
        await addVirtualAuthenticator(page);
        await page.getByRole("button", { name: "Create a passkey" }).click();
        await page.getByRole("heading", { name: "Approved" }).waitFor();
        const scope = "remove:authenticators";
        await page.goto(`${(await track(harness, `${userId}-key`, { scope })).url}&view=settings`);
        await page.getByRole("button", { name: "Rename" }).click();
        await page.getByRole("textbox").fill("W".repeat(64));
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText("WWW").waitFor();
        await page.getByRole("button", { name: "Rename" }).click();
        return page;
      }
      case "the end": {
        const page = await open(`${harness.pages.origin}/challenge?token=garbage`, options);
        await page.getByRole("heading", { name: "This link does not work" }).waitFor();
        return page;
      }
      default: {
        const [, go, fields = custom] = screens.find(([one]) => one === name) ?? [];
        const { url } = await track(harness, userId, { custom: fields, redirectUrl: `${harness.app.origin}/` });
        if (go === undefined) throw new Error(`no screen ${name}`);
        return go(async () => {
          const page = await open(url, options);
          await page.getByRole("textbox").waitFor();
          return page;
        });
      }
    }
  }

  const names = [
    ...screens.map(([name]) => name),
    "the enrolment",
    "the settings",
    "the recovery codes",
    "the name of a passkey",
    "the end",
  ];

  it.each(names)("fits %s on a screen of 320 pixels without scrolling sideways", async (name) => {
    const page = await openScreen(name, { viewport: { width: 320, height: 640 } });
    await expect(page.evaluate(() => document.documentElement.scrollWidth)).resolves.toBe(320);
    const ids = await page.locator("[id]").evaluateAll((elements) => elements.map(({ id }) => id));
    expect(new Set(ids)).toHaveProperty("size", ids.length);
  });

  it.each(names)("shows %s in light and dark with the contrast of WCAG AA", async (name) => {
    const page = await openScreen(name, { colorScheme: "light", reducedMotion: "reduce" });
    await expect(page.evaluate(findFaintTexts)).resolves.toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(page.evaluate(() => getComputedStyle(document.body).backgroundColor)).resolves.toBe("rgb(14, 16, 21)");
    await expect(page.evaluate(findFaintTexts)).resolves.toEqual([]);
  });

  it("is done with the keyboard alone", async () => {
    const userId = await newUser();
    const { url, key } = await track(harness, userId);
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    // From the heading, where it begins: the field, the button, and the other ways.
    await expect(page.evaluate(() => document.activeElement?.tagName)).resolves.toBe("H1");
    for (const key of ["Tab", "Tab", "Tab", "Enter"]) await page.keyboard.press(key);
    await expect(page.evaluate(() => document.activeElement?.textContent)).resolves.toBe("Choose how to approve");
    for (const key of ["Tab", "Enter"]) await page.keyboard.press(key);
    await expect(page.evaluate(() => document.activeElement?.tagName)).resolves.toBe("INPUT");
    await page.keyboard.type(appCode(harness));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("shows where the focus is", async () => {
    const { url } = await track(harness, await newUser());
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    const outlines: string[] = [];
    for (let stops = 0; stops < 3; stops++) {
      await page.keyboard.press("Tab");
      outlines.push(
        await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
          return `${outlineWidth} ${outlineStyle}`;
        }),
      );
    }
    expect(outlines).toEqual(["3px solid", "3px solid", "3px solid"]);
  });

  it("names the field, lets the device fill in the code, and reads mistakes out", async () => {
    const { url } = await track(harness, await newUser());
    const page = await open(url);
    const field = page.getByRole("textbox", { name: "6-digit code from your app" });
    await expect(field.getAttribute("autocomplete")).resolves.toBe("one-time-code");
    await expect(field.getAttribute("inputmode")).resolves.toBe("numeric");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("alert").filter({ hasText: "Enter all 6 digits" }).waitFor();
    const described = await field.evaluate((input) =>
      (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent),
    );
    expect(described.join(" ")).toContain("Enter all 6 digits");
  });

  it("tells screen readers what goes on, and moves nothing while it does", async () => {
    const { url } = await track(harness, await newUser());
    const page = await open(url);
    const button = page.getByRole("button", { name: "Approve" });
    const before = await button.boundingBox();
    await page.getByRole("textbox").fill(otherThan(appCode(harness)));
    await button.click();
    await page.getByRole("status").filter({ hasText: "Checking" }).waitFor();
    await page.getByText("That code is wrong").waitFor();
    await expect(button.boundingBox()).resolves.toEqual(before);
  });

  it("does not move what asks not to", async () => {
    const { url } = await track(harness, await newUser());
    const page = await open(url, { reducedMotion: "reduce" });
    const transition = await page
      .getByRole("button", { name: "Approve" })
      .evaluate((button) => getComputedStyle(button).transitionDuration);
    expect(transition).toBe("0s");
  });

  it("is one page with one heading of the first level, in a language, with a title", async () => {
    const { url } = await track(harness, await newUser());
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    await expect(page.getByRole("heading", { level: 1 }).count()).resolves.toBe(1);
    await expect(page.locator("html").getAttribute("lang")).resolves.toBe("en-GB");
    await expect(page.title()).resolves.toBe("Withdraw funds · Acme Bank");
  });
});
