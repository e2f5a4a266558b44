import { readFileSync } from "node:fs";
import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { otherThan } from "@require-action-test/support/codes";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, minute, track } from "./harness.ts";

const step = 30_000;

describe.skipIf(!hasChromium)("setting up ways to approve on the page", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());
  const { open, openClocked } = useTabs(() => harness);

  /** Reads the key off the page, as somebody without a camera does. */
  async function readSecret(page: Page): Promise<string> {
    await page.getByText("Type the key instead").click();
    return (await page.locator(".secret").innerText()).replaceAll(/\s/g, "");
  }

  async function methodsOf(userId: string): Promise<readonly string[]> {
    const authenticators = await harness.engine.authenticators.list(userId);
    return authenticators.map(({ verificationMethod }) => verificationMethod);
  }

  it("S4: sets up an authenticator app, shows the recovery codes once, and approves with it", async () => {
    const { url, key } = await track(harness, "new-app", { custom: { payee: "Bob" } });
    const page = await open(url);
    await page.getByRole("button", { name: "Authenticator app" }).click();
    await page.getByRole("img", { name: "QR code" }).waitFor();
    const secret = await readSecret(page);
    await page.getByText("It also approves the request below").waitFor();
    await page.getByText("Bob").waitFor();
    await page.getByRole("textbox").fill(appCode(harness, secret));

    await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
    const codes = await page.locator("main").getByRole("listitem").allInnerTexts();
    expect(codes).toHaveLength(8);
    for (const one of codes) expect(one).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    await page.getByRole("button", { name: "I have saved them" }).click();

    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ state: "CHALLENGE_SUCCEEDED" });

    const second = await open((await track(harness, "new-app")).url);
    await second.getByRole("button", { name: "Use another way" }).click();
    await second.getByRole("button", { name: "Recovery code" }).click();
    await second.getByRole("textbox").fill((codes[0] ?? "").toLowerCase().replace("-", " ").replaceAll("0", "o"));
    await second.getByRole("button", { name: "Approve" }).click();
    await second.getByRole("heading", { name: "Approved" }).waitFor();
  });

  /** Sets up an app, as far as the recovery codes. */
  async function openCodes(userId: string): Promise<Page> {
    const page = await openClocked((await track(harness, userId, { action: "change-password" })).url);
    const secret = await readSecret(page);
    await page.getByRole("textbox").fill(appCode(harness, secret));
    await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
    return page;
  }

  itInFull("offers recovery codes as a file and on paper: whose they are, since when, and nothing else", async () => {
    const page = await openCodes("printer");
    const codes = await page.locator("main").getByRole("listitem").allInnerTexts();
    const date = await page.evaluate(() => new Date().toLocaleDateString([], { dateStyle: "medium" }));
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("recovery-codes.txt");
    expect(readFileSync(await download.path(), "utf8")).toBe(`Acme Bank\n${date}\n\n${codes.join("\n")}\n`);

    await page.evaluate(() => (globalThis.print = () => document.body.classList.add("has-printed")));
    await page.getByRole("button", { name: "Print" }).click();
    await page.locator("body.has-printed").waitFor();
    await page.emulateMedia({ media: "print" });
    expect((await page.locator("body").innerText()).split(/\s*\n\s*/)).toEqual(["Acme Bank", date, ...codes]);
  });

  itInFull("S4: goes on with the approval after the recovery codes were written down at leisure", async () => {
    const page = await openCodes("slow-writer");
    await page.clock.fastForward(5 * minute);
    harness.clock.advance(5 * minute);
    await page.getByRole("button", { name: "I have saved them" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("keeps the recovery codes on the screen past the end of the request", async () => {
    const page = await openCodes("writer");
    await page.clock.fastForward(20 * minute);
    harness.clock.advance(20 * minute);
    await expect(page.locator("main").getByRole("listitem").count()).resolves.toBe(8);
    await page.getByRole("button", { name: "I have saved them" }).click();
    await page.getByRole("heading", { name: "This request has expired" }).waitFor();
  });

  itInFull('S4: asks to start again where the policy has firstFactor: "before"', async () => {
    const { url, key } = await track(harness, "new-payer", { action: "pay-out" });
    const page = await open(url);
    const secret = await readSecret(page);
    await page.getByRole("textbox").fill(appCode(harness, secret));
    await page.getByRole("button", { name: "I have saved them" }).click();
    await page.getByRole("heading", { name: "You are set up" }).waitFor();
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });

    harness.clock.advance(step);
    const second = await open((await track(harness, "new-payer", { action: "pay-out" })).url);
    await second.getByRole("textbox").fill(appCode(harness, secret));
    await second.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("lets a mistyped code be typed again", async () => {
    const { url } = await track(harness, "typo", { action: "change-password" });
    const page = await open(url);
    const secret = await readSecret(page);
    await page.getByRole("textbox").fill(otherThan(appCode(harness, secret)));
    await page.getByRole("alert").filter({ hasText: "That code is wrong" }).waitFor();
    await page.getByRole("textbox").fill(appCode(harness, secret));
    await page.getByRole("heading", { name: "Save your recovery codes" }).waitFor();
  });

  itInFull("sets up an e-mail address, and approves with the code sent to it", async () => {
    const { url, key } = await track(harness, "new-mail", { action: "read-mail" });
    const page = await open(url);
    const lastMail = (): string => harness.mails.at(-1)?.code ?? "";
    await page.getByLabel("Your e-mail address").fill("not an address");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByText("Enter a complete e-mail address.").waitFor();
    await page.getByLabel("Your e-mail address").fill("new-mail@mail.example");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to new-mail@mail.example").waitFor();
    await page.getByRole("textbox").fill(lastMail());
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  itInFull("sets up a phone number as people write it, and approves with the code sent to it", async () => {
    const { url, key } = await track(harness, "new-phone", { action: "call-home" });
    const page = await open(url);
    const lastText = (): string => harness.texts.at(-1)?.code ?? "";
    const country = page.getByLabel("Country or region");
    expect(await country.inputValue()).toBe("GB");
    await page.getByLabel("Your phone number").fill("0151");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByRole("alert").filter({ hasText: "Enter a complete phone number." }).waitFor();
    await country.selectOption({ label: "Germany \u2066+49\u2069" });
    await page.getByLabel("Your phone number").fill("(0151) 234-567.89");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to +4915123456789").waitFor();
    await page.getByRole("textbox").fill(lastText());
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ verificationMethod: "SMS" });
  });

  it("T45: sends to the address that the application vouches for, and to no other", async () => {
    const { url } = await track(harness, "vouched", { action: "read-mail", email: "vouched@mail.example" });
    const page = await open(url);
    await page.getByText("We will send a code to vouched@mail.example.").waitFor();
    await expect(page.getByRole("textbox").count()).resolves.toBe(0);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to vouched@mail.example").waitFor();
    expect(harness.mails.at(-1)).toMatchObject({ to: "vouched@mail.example", purpose: "enrollment" });
  });

  it("opens the management of factors only after a challenge, and then adds and removes", async () => {
    await giveApp(harness, "manager");
    const { url } = await track(harness, "manager", { redirectUrl: `${harness.app.origin}/settings` });
    const page = await open(`${url}&view=settings`);
    await page.getByRole("textbox").fill(appCode(harness));
    await page.getByRole("heading", { name: "Your approval methods" }).waitFor();

    await page.getByRole("button", { name: "E-mail" }).click();
    await page.getByLabel("Your e-mail address").fill("manager@mail.example");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to").waitFor();
    await page.getByRole("textbox").fill(harness.mails.at(-1)?.code ?? "");
    await page.getByText("m•••@mail.example").waitFor();
    await expect(methodsOf("manager")).resolves.toContain("EMAIL_OTP");

    await page.getByRole("button", { name: "Remove: E-mail" }).click();
    await page.getByRole("button", { name: "Remove now" }).click();
    await page.getByText("m•••@mail.example").waitFor({ state: "detached" });
    await expect(methodsOf("manager")).resolves.not.toContain("EMAIL_OTP");

    await page.getByRole("button", { name: "Done" }).click();
    await page.waitForURL(/\/settings\?token=/);
    expect(new URL(page.url()).origin).toBe(harness.app.origin);
  });

  itInFull("asks before it removes, and leaves alone what is to be kept", async () => {
    await giveApp(harness, "keeper");
    const { url } = await track(harness, "keeper", { scope: "add:authenticators remove:authenticators" });
    const page = await open(`${url}&view=settings`);
    await page.getByRole("button", { name: "Remove: Authenticator app" }).click();
    await page.getByRole("button", { name: "Keep" }).click();
    await expect(
      page.getByRole("button", { name: "Remove: Authenticator app" }).evaluate((one) => one === document.activeElement),
    ).resolves.toBe(true);
    await expect(methodsOf("keeper")).resolves.toContain("AUTHENTICATOR_APP");
  });

  itInFull("T18: tells that a change needs the strongest factor", async () => {
    await giveApp(harness, "weak");
    await giveEmail(harness, "weak", "weak@mail.example");
    const { url } = await track(harness, "weak", { action: "read-mail" });
    const page = await open(`${url}&view=settings`);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code sent to").waitFor();
    await page.getByRole("textbox").fill(harness.mails.at(-1)?.code ?? "");
    await page.getByRole("button", { name: "Remove: Authenticator app" }).click();
    await page.getByRole("button", { name: "Remove now" }).click();
    await page.getByText("approve with your strongest method").waitFor();
    await expect(methodsOf("weak")).resolves.toContain("AUTHENTICATOR_APP");
  });

  itInFull("ends the management of factors with the token that permitted it", async () => {
    await giveApp(harness, "idle");
    const { url } = await track(harness, "idle");
    const page = await open(`${url}&view=settings`);
    await page.getByRole("textbox").fill(appCode(harness));
    await page.getByRole("heading", { name: "Your approval methods" }).waitFor();
    harness.clock.advance(3 * minute);
    await page.getByRole("button", { name: "Remove: Authenticator app" }).click();
    await page.getByRole("button", { name: "Remove now" }).click();
    await page.getByRole("heading", { name: "This request has expired" }).waitFor();
    await expect(methodsOf("idle")).resolves.toContain("AUTHENTICATOR_APP");
  });
});
