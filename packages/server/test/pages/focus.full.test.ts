import { hasChromium } from "@require-action-test/support/chromium";
import { otherThan } from "@require-action-test/support/codes";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { CodeMessage } from "@require-action/engine";
import type { MagicLinkMessage } from "@require-action/engine/server";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, track } from "./harness.ts";

declare global {
  // What a walked page notes: what it showed whenever the focus was nowhere, and the prompts for passkeys that it began.
  var lost: string[];
  var prompts: AbortSignal[];
}

describe.skipIf(!hasChromium)("with the keyboard alone", () => {
  let harness: Harness;
  const mails: CodeMessage[] = [];
  const texts: CodeMessage[] = [];
  const links: MagicLinkMessage[] = [];
  const { openEmpty } = useTabs(() => harness);
  let users = 0;

  beforeAll(async () => {
    harness = await createHarness({
      engine: {
        delivery: {
          sendEmail: (message) => void mails.push(message),
          sendSms: (message) => void texts.push(message),
          sendMagicLink: (message) => void links.push(message),
        },
      },
    });
  });
  afterAll(() => harness.close());

  interface Walk {
    readonly page: Page;
    readonly userId: string;
    /** Moves to a button and presses it. */
    press(name: string): Promise<void>;
    /** Waits, and looks at where the focus is and at the title. */
    see(what: Locator): Promise<void>;
  }

  async function walk(
    action = "withdraw-funds",
    { view = "", userId = `walker-${++users}`, ...attributes }: { view?: string; userId?: string; scope?: string } = {},
  ): Promise<Walk> {
    const page = await openEmpty();
    await page.addInitScript(() => {
      globalThis.lost = [];
      globalThis.prompts = [];
      // After each change, once what made it has put the focus somewhere.
      new MutationObserver(() => {
        const { activeElement } = document;
        const main = document.querySelector("#main");
        const isShown = main !== null && main.querySelector(".loading") === null;
        if (isShown && (activeElement === null || activeElement === document.body)) {
          globalThis.lost.push(main.textContent ?? "");
        }
      }).observe(document, { childList: true, subtree: true });
      for (const verb of ["get", "create"] as const) {
        const before = navigator.credentials?.[verb].bind(navigator.credentials);
        if (before !== undefined) {
          navigator.credentials[verb] = (options?: CredentialRequestOptions & CredentialCreationOptions) => {
            if (options?.signal) globalThis.prompts.push(options.signal);
            return before(options);
          };
        }
      }
    });
    const { url } = await track(harness, userId, { action, ...attributes });
    await page.goto(`${url}${view}`);
    return {
      page,
      userId,
      async press(name) {
        const button = page.getByRole("button", { name, exact: true });
        await button.focus();
        await button.press("Enter");
      },
      async see(what) {
        await what.first().waitFor();
        expect(await page.evaluate(() => globalThis.lost)).toEqual([]);
        expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
        const heading = await page.locator("h1").first().textContent();
        expect(await page.title()).toBe(`${heading} \u00b7 Acme Bank`);
      },
    };
  }

  it("a phone is set up: a number that is none, the right one, a wrong code, the right one, and the ending", async () => {
    const { page, press, see } = await walk("call-home");
    await see(page.getByLabel("Your phone number"));
    await page.getByLabel("Your phone number").fill("12");
    await press("Send code");
    await see(page.getByText("Enter a complete phone number."));
    await page.getByLabel("Your phone number").fill("07700 900123");
    await page.getByLabel("Your phone number").press("Enter");
    await see(page.getByLabel("Code sent to +447700900123"));
    const code = texts.at(-1)?.code ?? "";
    await page.keyboard.type(otherThan(code));
    await see(page.getByText("That code is wrong"));
    await press("Use another phone number");
    await see(page.getByLabel("Your phone number"));
    await page.getByLabel("Your phone number").fill("+44 7700 900123");
    await press("Send code");
    await see(page.getByLabel("Code sent to +447700900123"));
    await page.keyboard.type(texts.at(-1)?.code ?? "");
    await see(page.getByRole("heading", { name: "Approved" }));
  });

  it("an app is set up: the choice, the key, a wrong code, the recovery codes, and the ending", async () => {
    const { page, press, see } = await walk();
    await see(page.getByText("Choose a method"));
    await page.getByRole("button", { name: /^Authenticator app/ }).press("Enter");
    await see(page.getByText("Scan this with your authenticator app."));
    await press("Set up another method");
    await see(page.getByText("Choose a method"));
    await page.getByRole("button", { name: /^Authenticator app/ }).press("Enter");
    await see(page.getByText("Scan this with your authenticator app."));
    await page.getByText("Type the key instead").press("Enter");
    const secret = (await page.locator(".secret").innerText()).replaceAll(/\s/g, "");
    await page.getByRole("textbox").pressSequentially(otherThan(appCode(harness, secret)));
    await see(page.getByText("That code is wrong"));
    await page.keyboard.type(appCode(harness, secret));
    await see(page.getByRole("heading", { name: "Save your recovery codes" }));
    await press("I have saved them");
    await see(page.getByRole("heading", { name: "Approved" }));
  });

  it("a request is denied: back, and the ending", async () => {
    const userId = `walker-${++users}`;
    await giveApp(harness, userId);
    const { page, press, see } = await walk("withdraw-funds", { userId });
    await press("Lost access to this method?");
    await see(page.getByText("You have not set up another method."));
    await press("Go back");
    await see(page.getByRole("textbox"));
    await press("I did not ask for this");
    await see(page.getByRole("heading", { name: "You did not ask for this?" }));
    await press("Go back");
    await see(page.getByRole("textbox"));
    await press("I did not ask for this");
    await press("End this request");
    await see(page.getByRole("heading", { name: "The request has ended" }));
  });

  it("a link is sent, and again, and another way is taken and left", async () => {
    const userId = `walker-${++users}`;
    await harness.engine.authenticators.enrollVerified(userId, {
      verificationMethod: "EMAIL_MAGIC_LINK",
      email: "a@mail.example",
    });
    await giveApp(harness, userId);
    const { page, press, see } = await walk("withdraw-funds", { userId });
    await press("Use another way");
    await see(page.getByText("Choose how to approve"));
    await page.getByRole("button", { name: /^E-mail link/ }).press("Enter");
    await see(page.locator(".number"));
    expect(links).not.toEqual([]);
    await press("Use another way");
    await see(page.getByText("Choose how to approve"));
    await page.getByRole("button", { name: /^Authenticator app/ }).press("Enter");
    await see(page.getByRole("textbox"));
  });

  it("methods are managed: removing and renaming are begun and left, and done", async () => {
    const userId = `walker-${++users}`;
    await giveEmail(harness, userId);
    const { page, press, see } = await walk("withdraw-funds", {
      userId,
      view: "&view=settings",
      scope: "add:authenticators remove:authenticators",
    });
    const authenticator = await addVirtualAuthenticator(page);
    await see(page.getByRole("heading", { name: "Your approval methods" }));
    const remove = page.getByRole("button", { name: /^Remove: / });
    await remove.press("Enter");
    await see(page.getByRole("button", { name: "Remove now" }));
    await press("Keep");
    await see(remove);
    await page.getByRole("button", { name: /^Passkey/ }).press("Enter");
    await see(page.getByRole("button", { name: "Create a passkey" }));
    await press("Back");
    await see(page.getByRole("heading", { name: "Your approval methods" }));

    await authenticator.hesitate(true);
    await page.getByRole("button", { name: /^Passkey/ }).press("Enter");
    await press("Create a passkey");
    await expect.poll(() => page.evaluate(() => globalThis.prompts.length)).toBe(1);
    await press("Back");
    await see(page.getByRole("heading", { name: "Your approval methods" }));
    expect(await page.evaluate(() => globalThis.prompts.map(({ aborted }) => aborted))).toEqual([true]);
    await authenticator.hesitate(false);
    await page.getByRole("button", { name: /^Passkey/ }).press("Enter");
    await press("Create a passkey");
    const rename = page.getByRole("button", { name: /^Rename: / });
    await see(rename);

    await rename.press("Enter");
    await see(page.getByLabel("Name"));
    await press("Keep the name");
    await see(rename);
    await rename.press("Enter");
    await page.getByLabel("Name").fill(" ");
    await press("Save");
    await see(page.getByText("Enter a name."));
    await page.getByLabel("Name").fill("My blue key");
    await page.getByLabel("Name").press("Enter");
    await see(page.getByText(/^My blue key/));
    await page.getByRole("button", { name: "Remove: My blue key" }).press("Enter");
    await press("Remove now");
    await expect.poll(() => rename.count()).toBe(0);
    await see(page.getByRole("heading", { name: "Your approval methods" }));
    await press("Done");
    await see(page.getByRole("heading", { name: "All done" }));
  });

  it("a passkey's prompt is taken away by Cancel, and by the way to another method", async () => {
    const userId = `walker-${++users}`;
    const { page, press, see } = await walk("withdraw-funds", { userId });
    const authenticator = await addVirtualAuthenticator(page);
    await page.getByRole("button", { name: /^Passkey/ }).press("Enter");
    await authenticator.hesitate(true);
    await press("Create a passkey");
    const prompts = (): Promise<boolean[]> => page.evaluate(() => globalThis.prompts.map(({ aborted }) => aborted));
    await expect.poll(prompts).toEqual([false]);
    await press("Set up another method");
    await see(page.getByText("Choose a method"));
    expect(await prompts()).toEqual([true]);
    await page.getByRole("button", { name: /^Passkey/ }).press("Enter");
    await press("Create a passkey");
    await expect.poll(prompts).toEqual([true, false]);
    const aborted = page.evaluate(
      () => new Promise((resolve) => globalThis.prompts.at(-1)!.addEventListener("abort", () => resolve(true))),
    );
    await press("Cancel");
    expect(await aborted).toBe(true);
  });
});
