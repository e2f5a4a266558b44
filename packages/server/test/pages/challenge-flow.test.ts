import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { otherThan } from "@require-action-test/support/codes";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, minute, track } from "./harness.ts";

describe.skipIf(!hasChromium)("a challenge on the page", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());
  const { open, openClocked } = useTabs(() => harness);

  async function answer(page: Page, code: string): Promise<void> {
    await page.getByRole("textbox").fill(code);
  }

  async function stateOf(key: Parameters<typeof harness.engine.actions.find>[0]): Promise<string | undefined> {
    return (await harness.engine.actions.find(key))?.state;
  }

  it("shows what is approved and by whom, and takes the code of an authenticator app", async () => {
    await giveApp(harness, "app-user");
    const { url, key } = await track(harness, "app-user", {
      custom: { payee: "Müller & Söhne", amount: "1234567.50", currency: "EUR" },
      username: "Alice Archer",
    });
    const page = await open(url);
    await expect(page.getByRole("heading", { level: 1 }).textContent()).resolves.toBe("Withdraw funds");
    await expect(page.locator("dl").innerText()).resolves.toMatch(
      /Amount\s+EUR\s1,234,567\.50\s+Payee\s+Müller & Söhne\s+Signed in as\s+Alice Archer/,
    );
    await answer(page, appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(stateOf(key)).resolves.toBe("CHALLENGE_SUCCEEDED");
  });

  itInFull("folds all but six of many lines, and keeps what is pressed in view", async () => {
    await giveApp(harness, "reader");
    await giveEmail(harness, "reader");
    const names = Array.from({ length: 40 }, (_none, index) => `field-${index + 1}`);
    const { url } = await track(harness, "reader", {
      custom: Object.fromEntries(names.map((name) => [name, `of ${name}`])),
      redirectUrl: `${harness.app.origin}/`,
    });
    const page = await open(url);
    await page.setViewportSize({ width: 375, height: 667 });
    const pressed = ["Approve", "Cancel"].map((name) => page.getByRole("button", { name, exact: true }));
    const lines = page.locator("dl > div:visible");
    const isInView = (): Promise<boolean[]> =>
      Promise.all(
        pressed.map((button) =>
          button.evaluate((one) => {
            const { left, right, top, bottom } = one.getBoundingClientRect();
            const isWithin = top >= 0 && bottom <= innerHeight;
            return isWithin && one.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
          }),
        ),
      );
    await pressed[0]?.waitFor();
    expect(await lines.count()).toBe(7);
    expect(await isInView()).toEqual([true, true]);

    await page.locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.getByText("of field-40").waitFor();
    expect(await lines.count()).toBe(41);
    for (const line of ["of field-7", "of field-40"]) {
      await page.getByText(line, { exact: true }).scrollIntoViewIfNeeded();
      expect(await isInView()).toEqual([true, true]);
    }
    await page.getByText("Show fewer").click();
    await page.getByText("Show 34 more").waitFor();
    expect(await lines.count()).toBe(7);
  });

  it("T55: opened from a link, says after the approval that nothing happens from there", async () => {
    await giveApp(harness, "linked");
    const { url } = await track(harness, "linked");
    const page = await open(url);
    await answer(page, appCode(harness));
    await page.getByText(/^To continue, start again where you began, /).waitFor();
  });

  itInFull("takes a code with the space that apps show in it", async () => {
    await giveApp(harness, "spacer");
    const { url } = await track(harness, "spacer");
    const code = appCode(harness);
    const page = await open(url);
    await answer(page, `${code.slice(0, 3)} ${code.slice(3)}`);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  it("T55: ends a request that was not asked for, and returns with a token that says so", async () => {
    await giveApp(harness, "not-me");
    const { url, key } = await track(harness, "not-me", { redirectUrl: `${harness.app.origin}/done` });
    const page = await open(url);
    await page.getByRole("button", { name: "I did not ask for this" }).click();
    await page.getByRole("button", { name: "Go back" }).click();
    await expect(stateOf(key)).resolves.toBe("CHALLENGE_REQUIRED");
    await page.getByRole("button", { name: "I did not ask for this" }).click();
    await page.getByRole("button", { name: "End this request" }).click();
    await page.waitForURL(/done\?token=/);
    const token = new URL(page.url()).searchParams.get("token") ?? "";
    const { userId, action } = key;
    const call = { signal: new AbortController().signal };
    await expect(harness.engine.validateChallenge({ token, userId, action }, call)).resolves.toMatchObject({
      isValid: false,
      deniedByUser: true,
    });
  });

  itInFull("helps somebody who has lost a method to another one", async () => {
    await giveApp(harness, "loser");
    await giveEmail(harness, "loser", "loser@mail.example");
    const { url } = await track(harness, "loser");
    const page = await open(url);
    await page.getByRole("button", { name: "Lost access to this method?" }).click();
    await page.getByText("If none of these works, please contact us.").waitFor();
    await page.getByRole("button", { name: "E-mail" }).click();
    await page.getByLabel("Code sent to l•••@mail.example").waitFor();
  });

  it("sends an e-mail code only when asked to, and takes it", async () => {
    await giveEmail(harness, "mail-user", "mail-user@mail.example");
    const { url, key } = await track(harness, "mail-user", { action: "read-mail" });
    const sent = harness.mails.length;
    const page = await open(url);
    await page.getByText("m•••@mail.example").waitFor();
    expect(harness.mails).toHaveLength(sent);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to m•••@mail.example").waitFor();
    await answer(page, harness.mails.at(-1)?.code ?? "");
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(stateOf(key)).resolves.toBe("CHALLENGE_SUCCEEDED");
  });

  itInFull("sends a new e-mail code, which voids the one before", async () => {
    await giveEmail(harness, "again", "again@mail.example");
    const { url } = await track(harness, "again", { action: "read-mail" });
    const page = await openClocked(url);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByText("You can ask for a new one").waitFor();
    const first = harness.mails.at(-1)?.code ?? "";
    await page.clock.runFor(31_000);
    await page.getByRole("button", { name: "Send a new code" }).click();
    await page.getByText("New code sent").waitFor();
    const second = harness.mails.at(-1)?.code ?? "";
    expect(harness.mails.at(-1)?.userId).toBe("again");
    if (first !== second) {
      await answer(page, first);
      await page.getByText("That code is wrong").waitFor();
    }
    await answer(page, second);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull.each([
    ["Your code is 123456. It expires in 5 minutes.", "123456"],
    ["<123 456>", "123456"],
    ["\u200e123\u2013456\u200e", "123456"],
    [
      "\u0661\u0662\u0663\u0664\u0665\u0666 \u0647\u0648 \u0631\u0645\u0632\u0643",
      "\u0661\u0662\u0663\u0664\u0665\u0666",
    ],
    ["123456 or 654321", ""],
    ["EUR 1234567", ""],
    ["no digits", ""],
  ])("finds in a pasted %j the code %j", async (pasted, code) => {
    await giveApp(harness, "paster");
    const page = await open((await track(harness, "paster")).url);
    const field = page.getByRole("textbox");
    await field.evaluate((element, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, pasted);
    // Where there is no such code, the browser pastes what it was given.
    await expect(field.inputValue()).resolves.toBe(code);
  });

  itInFull("lets the user switch to another way", async () => {
    await giveApp(harness, "switcher");
    await giveEmail(harness, "switcher");
    const { url } = await track(harness, "switcher");
    const page = await open(url);
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "E-mail" }).click();
    await page.getByLabel("Code sent to").waitFor();
    await answer(page, harness.mails.at(-1)?.code ?? "");
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("T17: offers only what the action accepts", async () => {
    await giveApp(harness, "strict");
    await giveEmail(harness, "strict");
    const { url } = await track(harness, "strict", { action: "change-password" });
    const page = await open(url);
    await page.getByLabel("6-digit code from your app").waitFor();
    await expect(page.getByRole("button", { name: "Use another way" }).count()).resolves.toBe(0);
  });

  it("tells a wrong code, keeps the field, and takes the right one then", async () => {
    await giveApp(harness, "typo");
    const { url } = await track(harness, "typo");
    const page = await open(url);
    await answer(page, otherThan(appCode(harness)));
    await page.getByRole("alert").filter({ hasText: "That code is wrong" }).waitFor();
    const field = page.getByRole("textbox");
    await expect(field.getAttribute("aria-invalid")).resolves.toBe("true");
    await expect(field.evaluate((element) => element === document.activeElement)).resolves.toBe(true);
    await answer(page, appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("asks for all six digits before it sends anything", async () => {
    await giveApp(harness, "short");
    const { url } = await track(harness, "short");
    const page = await open(url);
    const verifications = (): number => harness.pages.requests.filter((one) => one.url.includes("/verify/")).length;
    const before = verifications();
    await answer(page, "12345");
    await page.getByRole("textbox").press("Enter");
    await page.getByText("Enter all 6 digits").waitFor();
    expect(verifications()).toBe(before);
  });

  itInFull("T23: tells when a locked way can be used again, and leaves the others open", async () => {
    await giveApp(harness, "locked");
    await giveEmail(harness, "locked");
    const { url } = await track(harness, "locked");
    const page = await openClocked(url);
    await answer(page, otherThan(appCode(harness)));
    for (let guess = 0; guess < 5; guess++) {
      await page.getByText("That code is wrong").waitFor();
      await page.getByRole("button", { name: "Approve" }).click();
    }
    await page
      .locator("main")
      .getByText(/You can try again in 15 minutes/)
      .waitFor();
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "E-mail" }).click();
    await page.getByLabel("Code sent to").waitFor();
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "Authenticator app" }).click();
    await page.locator("main").getByText("Too many wrong codes").waitFor();
  });

  itInFull("takes up again by itself when a lock ends while the request is open", async () => {
    await giveApp(harness, "patient");
    const first = await track(harness, "patient");
    for (let guess = 0; guess < 5; guess++) {
      await harness.engine.challenges.verify(first.token, "AUTHENTICATOR_APP", otherThan(appCode(harness)));
    }
    harness.clock.advance(12 * minute);
    const { url } = await track(harness, "patient");
    const page = await openClocked(url);
    await answer(page, appCode(harness));
    await page
      .locator("main")
      .getByText(/You can try again in 3 minutes/)
      .waitFor();
    harness.clock.advance(3 * minute + 1000);
    await page.clock.runFor(3 * minute + 2000);
    await page.getByRole("status").filter({ hasText: "You can try again now." }).waitFor();
    await answer(page, appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("keeps what was typed through a network failure, and goes on when it is over", async () => {
    await giveApp(harness, "traveller");
    const { url } = await track(harness, "traveller");
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    harness.network.isDown = true;
    const code = appCode(harness);
    await answer(page, code);
    await page.getByText("We could not be reached. Try again.").waitFor();
    await expect(page.getByRole("textbox").inputValue()).resolves.toBe(code);
    harness.network.isDown = false;
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("offers to try again when the server is out of reach from the start", async () => {
    await giveApp(harness, "early");
    const { url } = await track(harness, "early");
    harness.network.isDown = true;
    const page = await open(url);
    await page.getByRole("heading", { name: "No connection" }).waitFor();
    harness.network.isDown = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("6-digit code from your app").waitFor();
  });

  itInFull("tells that a request will expire, that it did, and leads back to start again", async () => {
    await giveApp(harness, "late");
    const { url, token } = await track(harness, "late", { redirectUrl: `${harness.app.origin}/back?from=page` });
    const page = await openClocked(url);
    await page.getByRole("textbox").waitFor();
    await page.clock.fastForward(9 * minute + 2000);
    await page.getByText("Expires in 1 minute").waitFor();
    await page.clock.fastForward(minute);
    await page.getByRole("heading", { name: "This request has expired" }).waitFor();
    await page.getByRole("button", { name: "Start again" }).click();
    await page.waitForURL(`${harness.app.origin}/back?from=page&token=${token}`);
  });

  itInFull("tells that a request has expired when the server says so", async () => {
    await giveApp(harness, "slow");
    const { url } = await track(harness, "slow");
    harness.clock.advance(11 * minute);
    const page = await open(url);
    await page.getByRole("heading", { name: "This request has expired" }).waitFor();
    await page.getByText(/Nothing was approved\. Please start again\.$/).waitFor();
  });

  itInFull("T9: tells that a request was approved before, and hands over nothing", async () => {
    await giveApp(harness, "twice");
    const { url, token } = await track(harness, "twice", { redirectUrl: `${harness.app.origin}/back` });
    await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", appCode(harness));
    const page = await open(url);
    await page.getByRole("heading", { name: "Already approved" }).waitFor();
    expect(new URL(page.url()).origin).toBe(harness.pages.origin);
  });

  itInFull("goes to what has become of the request when it was closed meanwhile", async () => {
    await giveApp(harness, "closed");
    const { url, key } = await track(harness, "closed");
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    await harness.engine.actions.transition(key, { state: "BLOCK", actor: "fraud desk" });
    await answer(page, appCode(harness));
    await page.getByRole("heading", { name: "This cannot be approved" }).waitFor();
  });

  itInFull("tells that an action is under review", async () => {
    await giveApp(harness, "reviewed");
    const { url, key } = await track(harness, "reviewed");
    await harness.engine.actions.transition(key, { state: "REVIEW_REQUIRED", actor: "fraud desk" });
    const page = await open(url);
    await page.getByRole("heading", { name: "Under review" }).waitFor();
  });

  itInFull("tells who has no way that the action accepts", async () => {
    const { url } = await track(harness, "stuck", { action: "change-password" });
    await giveEmail(harness, "stuck");
    const page = await open(url);
    await page.getByRole("heading", { name: "You cannot approve this" }).waitFor();
  });

  itInFull.each([
    ["no token", ""],
    ["garbage", "?token=garbage"],
    ["two tokens", "?token=one&token=two"],
  ])("T42: tells that a link with %s does not work", async (_name, query) => {
    const page = await open(`${harness.pages.origin}/challenge${query}`);
    await page.getByRole("heading", { name: "This link does not work" }).waitFor();
  });

  itInFull("goes on where it was after a reload", async () => {
    await giveApp(harness, "reloader");
    const { url } = await track(harness, "reloader");
    const page = await open(url);
    await page.getByRole("textbox").waitFor();
    await page.reload();
    await answer(page, appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });
});
