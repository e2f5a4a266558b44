import { createHash } from "node:crypto";
import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { addVirtualAuthenticator, type VirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { createHarness, giveApp, type Harness, track } from "./harness.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

describe.skipIf(!hasChromium)("passkeys on the page", () => {
  let harness: Harness;
  let authenticator: VirtualAuthenticator;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());
  const { openEmpty } = useTabs(() => harness);

  async function open(url: string): Promise<Page> {
    const page = await openEmpty();
    authenticator = await addVirtualAuthenticator(page);
    await page.goto(url);
    return page;
  }

  /** Sets up a passkey, which approves the action of then, and asks for another one. */
  async function setUpPasskey(userId: string): Promise<Page> {
    const page = await open((await track(harness, userId, { action: "move-house" })).url);
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await page.goto((await track(harness, userId, { action: "move-house" })).url);
    await page.getByRole("button", { name: "Approve with your passkey" }).waitFor();
    return page;
  }

  it("sets up a passkey, and approves with it", async () => {
    const page = await setUpPasskey("new-passkey");
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    const { items } = await harness.engine.actions.query({ userId: "new-passkey" });
    const approved = { state: "CHALLENGE_SUCCEEDED", verificationMethod: "PASSKEY" };
    expect(items).toMatchObject([approved, approved]);
    // What was enrolled has signed nothing; what was approved with it, the text that the page showed.
    const [signed, enrolled] = items.map(({ approval }) => approval);
    expect(signed).toMatchObject({ shownText: "Move house", assertion: { signature: expect.any(String) } });
    expect(JSON.parse(signed?.statement ?? "")).toMatchObject({ locale: "en-GB", displayHash: sha256("Move house") });
    expect(enrolled).not.toHaveProperty("assertion");
  });

  itInFull("C41: sets up a passkey where browsers do not say how it is reached", async () => {
    const { url, key } = await track(harness, "unreachable", { action: "move-house" });
    const page = await openEmpty();
    await addVirtualAuthenticator(page);
    await page.addInitScript("delete AuthenticatorAttestationResponse.prototype.getTransports");
    await page.goto(url);
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect((await harness.engine.actions.find(key))?.state).toBe("CHALLENGE_SUCCEEDED");
  });

  itInFull("approves in the SDK's popup, under the application's own origin", async () => {
    const page = await setUpPasskey("in-popup");
    const { url, key } = await track(harness, "in-popup");
    await page.goto(`${harness.app.origin}/launch`);
    await page.waitForFunction(() => globalThis.isReady);
    await page.evaluate((where) => globalThis.launch(where, "popup"), url);
    await page
      .frameLocator("#__authsignal-popup-iframe")
      .getByRole("button", { name: "Approve with your passkey" })
      .click();
    const { token = "" } = await page.evaluate(() => globalThis.launched.result);
    const { signal } = new AbortController();
    await expect(harness.engine.validateChallenge({ ...key, token }, { signal })).resolves.toMatchObject({
      isValid: true,
      verificationMethod: "PASSKEY",
    });
  });

  itInFull("tells that the passkey was not used, and takes it the next time", async () => {
    const page = await setUpPasskey("hesitant");
    await authenticator.refuse(true);
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await page.getByRole("alert").filter({ hasText: "The passkey was not used. Try again." }).waitFor();
    await authenticator.refuse(false);
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
  });

  itInFull("offers the passkey before the other ways, and lists it with them", async () => {
    const first = await setUpPasskey("several");
    await first.context().close();
    await giveApp(harness, "several");
    const { url } = await track(harness, "several", { scope: "add:authenticators remove:authenticators" });
    const page = await open(url);
    await page.getByRole("button", { name: "Approve with your passkey" }).waitFor();
    await page.goto(`${url}&view=settings`);
    await page.getByRole("button", { name: "Remove: Passkey" }).waitFor();
    await page.getByRole("button", { name: "Remove: Authenticator app" }).waitFor();
  });

  it("lists a passkey with its name, and takes another one from its owner after a proof", async () => {
    const page = await setUpPasskey("namer");
    await page.goto(`${(await track(harness, "namer")).url}&view=settings`);
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await page.getByText(/Added .+ Last used /).waitFor();
    await page.getByRole("button", { name: "Rename: Passkey" }).click();
    const field = page.getByRole("textbox", { name: "Name" });
    await expect(field.evaluate((one) => one === document.activeElement)).resolves.toBe(true);
    await field.fill("  ");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "Enter a name." }).waitFor();
    await field.fill("<b>Blue</b> \u202ekey");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("<b>Blue</b> \u27e8U+202E\u27e9key \u00b7 Added").waitFor();
    await page.getByRole("button", { name: "Remove: <b>Blue</b>" }).waitFor();
  });

  itInFull("T18: tells that a new name needs the strongest factor", async () => {
    await (await setUpPasskey("weak-namer")).context().close();
    await giveApp(harness, "weak-namer");
    const page = await open(
      (await track(harness, "weak-namer", { scope: "add:authenticators" })).url + "&view=settings",
    );
    await page.getByRole("button", { name: "Rename: Passkey" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Mine");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "approve with your strongest method" }).waitFor();
    await page.getByRole("button", { name: "Keep the name" }).click();
    await page.getByRole("button", { name: "Rename: Passkey" }).waitFor();
  });

  itInFull("tells that this device has a passkey already", async () => {
    const page = await setUpPasskey("same-device");
    const { url } = await track(harness, "same-device", { scope: "add:authenticators" });
    await page.goto(`${url}&view=settings`);
    await page.getByRole("button", { name: "Passkey Fingerprint" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("alert").filter({ hasText: "This device already has one of your passkeys." }).waitFor();
  });

  itInFull("leaves passkeys out where the browser has none", async () => {
    const { url } = await track(harness, "old-browser");
    const page = await openEmpty();
    await page.addInitScript("delete window.PublicKeyCredential");
    await page.goto(url);
    await page.getByRole("button", { name: "Authenticator app" }).waitFor();
    await expect(page.getByRole("button", { name: "Passkey" }).count()).resolves.toBe(0);
  });
});
