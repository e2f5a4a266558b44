import { otherThan } from "@require-action-test/support/codes";
import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, type Harness, track } from "./harness.ts";

describe.skipIf(!hasChromium)("a code of six digits", () => {
  let harness: Harness;
  const { open, openEmpty } = useTabs(() => harness);
  let users = 0;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());

  /** The bodies of the answers that a page sends. */
  function answersOf(page: Page, segment = "totp"): unknown[] {
    const answers: unknown[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith(`/verify/${segment}`)) answers.push(request.postDataJSON().verificationCode);
    });
    return answers;
  }

  async function openWithApp(): Promise<{ readonly page: Page; readonly answers: unknown[] }> {
    const userId = `typist-${++users}`;
    await giveApp(harness, userId);
    const page = await openEmpty();
    const answers = answersOf(page);
    await page.goto((await track(harness, userId)).url);
    return { page, answers };
  }

  it("T20: is sent with the last digit, once, and one that was refused by the button alone", async () => {
    const { page, answers } = await openWithApp();
    const field = page.getByRole("textbox");
    const refused = page.getByRole("alert").filter({ hasText: "That code is wrong" });
    const wrong = otherThan(appCode(harness));
    await field.pressSequentially(wrong.slice(0, 5));
    await page.getByText("6-digit code from your app").waitFor();
    expect(answers).toEqual([]);
    await field.pressSequentially(wrong.slice(5));
    await field.press("Enter");
    await refused.waitFor();
    expect(answers).toEqual([wrong]);
    // The code is selected, and stands there: whatever becomes of it, it is not sent by itself a second time.
    await field.press("End");
    await field.press("Backspace");
    await field.pressSequentially(wrong.slice(5));
    await page.getByRole("button", { name: "Approve" }).click();
    await refused.waitFor();
    expect(answers).toEqual([wrong, wrong]);
    await field.fill(appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(answers).toHaveLength(3);
  });

  it.each<[how: string, enter: (page: Page, code: string) => Promise<void>]>([
    [
      "pasted within a message",
      (page, code) =>
        page.getByRole("textbox").evaluate((element, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text", text);
          element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }, `Acme Bank: ${code} is your code for EUR 1,234.50. Share it with nobody.`),
    ],
    ["filled in with what stands around it", (page, code) => page.getByRole("textbox").fill(`G-${code}.`)],
    [
      "typed in Arabic digits",
      (page, code) =>
        page
          .getByRole("textbox")
          .pressSequentially(code.replaceAll(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))),
    ],
  ])("is sent by itself where it is %s", async (_how, enter) => {
    const { page, answers } = await openWithApp();
    await enter(page, appCode(harness));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(answers).toHaveLength(1);
  });

  itInFull("is not sent while a keyboard composes it, and is afterwards", async () => {
    const { page, answers } = await openWithApp();
    const code = appCode(harness);
    await page.getByRole("textbox").evaluate((element: HTMLInputElement, text) => {
      element.value = text;
      element.dispatchEvent(new InputEvent("input", { isComposing: true, bubbles: true }));
    }, code);
    expect(answers).toEqual([]);
    await page
      .getByRole("textbox")
      .evaluate((element) => element.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true })));
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("is no recovery code: those wait for the button", async () => {
    const userId = `typist-${++users}`;
    const { token } = await track(harness, userId);
    const { secret = "" } = await harness.engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
    const { recoveryCodes = [] } = await harness.engine.challenges.verify(
      token,
      "AUTHENTICATOR_APP",
      appCode(harness, secret),
    );
    const page = await open((await track(harness, userId)).url);
    const answers = answersOf(page, "recovery-code");
    await page.getByRole("button", { name: "Use another way" }).click();
    await page.getByRole("button", { name: "Recovery code" }).click();
    await page.getByRole("textbox").pressSequentially(recoveryCodes[0] ?? "");
    await page.getByText("Each code works once.").waitFor();
    expect(answers).toEqual([]);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(answers).toHaveLength(1);
  });

  itInFull(
    "is filled in from a text message where the browser reads it, again and again, until the step is left",
    async () => {
      const userId = `texter-${++users}`;
      await harness.engine.authenticators.enrollVerified(userId, {
        verificationMethod: "SMS",
        phoneNumber: "+447700900123",
      });
      await giveApp(harness, userId);
      const page = await openEmpty();
      const answers = answersOf(page, "sms");
      await page.addInitScript(() => {
        const asked: { signal: AbortSignal; give: (code: string) => void }[] = [];
        Object.assign(window, { OTPCredential: Object, asked });
        navigator.credentials.get = ({ otp, signal }: any) =>
          new Promise((resolve, reject) => {
            if (otp.transport[0] !== "sms") throw new TypeError("another transport");
            asked.push({ signal, give: (code) => resolve({ code } as never) });
            signal.addEventListener("abort", () => reject(signal.reason));
          });
      });
      await page.goto((await track(harness, userId)).url);
      await page.getByRole("button", { name: "Use another way" }).click();
      await page.getByRole("button", { name: "Text message" }).click();
      await page.getByLabel("Code sent to").waitFor();
      const code = harness.texts.at(-1)?.code ?? "";
      const give = (given: string): Promise<void> =>
        page.evaluate((one) => (window as any).asked.at(-1).give(one), given);
      await give(otherThan(code));
      await page.getByRole("alert").filter({ hasText: "That code is wrong" }).waitFor();
      await page.getByRole("button", { name: "Use another way" }).click();
      expect(await page.evaluate(() => (window as any).asked.map(({ signal }: any) => signal.aborted))).toEqual([
        true,
        true,
      ]);
      await page.getByRole("button", { name: "Text message" }).click();
      await page.waitForFunction(() => (window as any).asked.length === 3);
      await give(code);
      await page.getByRole("heading", { name: "Approved" }).waitFor();
      expect(answers).toEqual([otherThan(code), code]);
    },
  );
});
