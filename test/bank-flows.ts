import type { CreateApp, ExampleOptions, RunningExample } from "@require-action-examples/bank";
import { otherThan } from "@require-action-test/support/codes";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createManualClock, type ManualClock } from "@require-action/testing";
import { TOTP } from "otpauth";
import type { Browser, Frame, Page } from "playwright-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { embedded } from "./decision-settings.ts";

const POPUP = "#__authsignal-popup-iframe";
const SUPPLIER = "A supplier in Panama, PA12 BANK 0000 0000 0012 34";
const LISTED = "A listed payee, GB33 BUKB 2020 1555 5555 55";

/** The example bank on a framework, and who decides. */
export type BankSetting = typeof embedded & { readonly framework: string; readonly createApp: CreateApp };

/** Whatever a test started, in the order in which it is to end. */
export const open: (() => Promise<unknown>)[] = [];
let browser: Browser;

beforeAll(async () => {
  if (hasChromium) browser = await launchChromium();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A bank, and its page in a browser, signed in. */
interface Visit {
  readonly example: RunningExample;
  readonly page: Page;
  /** Fills in and presses Withdraw. */
  withdraw(amount: string, payee?: string): Promise<void>;
  /** The latest message, and what moved. */
  expectOutcome(message: string, amounts: readonly string[]): Promise<void>;
}

export async function visit(
  { start, createApp }: BankSetting,
  { path = "/", ...options }: ExampleOptions & { readonly path?: string } = {},
): Promise<Visit> {
  const example = await start(createApp, options);
  open.push(() => example.close());
  const context = await browser.newContext({ viewport: { width: 480, height: 900 }, locale: "en-GB" });
  context.setDefaultTimeout(45_000);
  open.push(() => context.close());
  const page = await context.newPage();
  await page.goto(example.url + path);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Hello, alice" }).waitFor();
  return {
    example,
    page,
    async withdraw(amount, payee) {
      await page.getByLabel("Amount in EUR").fill(amount);
      if (payee !== undefined) await page.getByLabel("To").selectOption({ label: payee });
      await page.getByRole("button", { name: "Withdraw" }).click();
    },
    async expectOutcome(message, amounts) {
      await page.getByRole("status").getByText(message).waitFor();
      expect(example.bank.withdrawals.map(({ amount }) => amount)).toEqual(amounts);
    },
  };
}

export async function popupOf(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector(POPUP)).contentFrame();
  if (frame === null) throw new Error("the popup has no frame");
  return frame;
}

/** Sets up an authenticator app in the popup, which approves what the page shows. */
async function enrollAppAndApprove(frame: Frame, clock: ManualClock): Promise<void> {
  await frame.getByRole("button", { name: "Authenticator app" }).click();
  await frame.getByText("Type the key instead").click();
  const secret = (await frame.locator(".secret").innerText()).replaceAll(/\s/g, "");
  const code = (): string => new TOTP({ secret }).generate({ timestamp: clock.now() });
  await frame.getByText("EUR 250.00").waitFor();
  await frame.getByRole("textbox").fill(code());
  await frame.getByRole("button", { name: "I have saved them" }).click();
}

async function enrollPasskeyAndApprove(challenge: Page): Promise<void> {
  await challenge.getByRole("button", { name: "Passkey" }).click();
  await challenge.getByText("EUR 250.00").waitFor();
  await challenge.getByRole("button", { name: "Create a passkey" }).click();
}

/** Tries what a thief would, with the very token that the page sends: another amount before it, and the same after it. */
async function tamperWithApproved(page: Page): Promise<readonly unknown[]> {
  const codes: unknown[] = [];
  await page.route("**/withdrawals", async (route, request) => {
    const token = request.headers()["action-token"];
    if (token === undefined) return route.continue();
    const post = async (change: object): Promise<void> => {
      const data = { ...request.postDataJSON(), ...change };
      const reply = await page.request.post(request.url(), { headers: { "action-token": token }, data });
      codes.push((await reply.json()).code);
    };
    await post({ amount: "9999.00" });
    const response = await route.fetch();
    await post({});
    await route.fulfill({ response });
  });
  return codes;
}

/** Describes what a person can do at the bank: the same on each framework. */
export function describeBank(settings: readonly BankSetting[]): void {
  describe.skipIf(!hasChromium).each(settings)("the example bank on $framework, decided by $decidedBy", (setting) => {
    it("T4, T5: asks in a popup, moves what was approved once, allows small amounts then, reviews and blocks", async () => {
      const clock = createManualClock(Date.now());
      const { example, page, withdraw, expectOutcome } = await visit(setting, { clock });

      await withdraw("250.00");
      await (await popupOf(page)).getByRole("button", { name: "Cancel" }).click();
      await expectOutcome("The withdrawal was not confirmed.", []);

      const codes = await tamperWithApproved(page);
      await withdraw("250.00");
      await enrollAppAndApprove(await popupOf(page), clock);
      await expectOutcome("250.00 EUR are on their way.", ["250.00"]);
      expect(codes).toEqual(["action_parameters_changed", "action_token_used"]);
      await page.getByText("19750.00 EUR").waitFor();
      expect(await page.locator(POPUP).count()).toBe(0);
      await page.unrouteAll();

      await withdraw("40.00");
      await expectOutcome("40.00 EUR are on their way.", ["250.00", "40.00"]);

      await withdraw("75.00", SUPPLIER);
      await expectOutcome("The bank has to look at this first.", ["250.00", "40.00"]);
      const [queued] = (await example.engine.reviews.list()).items;
      await example.engine.reviews.approve(queued!, { reviewer: "bob", note: "Invoice seen." });
      await page.getByRole("button", { name: "Ask how it went" }).click();
      await expectOutcome("75.00 EUR are on their way.", ["250.00", "40.00", "75.00"]);

      await withdraw("20.00", LISTED);
      await expectOutcome("We cannot carry out this withdrawal. Please call us", ["250.00", "40.00", "75.00"]);
    });

    it("leaves for the challenge where the page redirects, and goes on once the user is back", async () => {
      const { example, page, withdraw, expectOutcome } = await visit(setting, { path: "/?mode=redirect" });
      await addVirtualAuthenticator(page);
      await withdraw("250.00");
      await page.getByRole("button", { name: "Cancel" }).click();
      await expectOutcome("The withdrawal was not confirmed.", []);

      await withdraw("250.00");
      await enrollPasskeyAndApprove(page);
      await expectOutcome("250.00 EUR are on their way.", ["250.00"]);
      expect(page.url()).toBe(`${example.url}/?mode=redirect`);
      await page.reload();
      await page.getByText("19750.00 EUR").waitFor();
      expect(example.bank.withdrawals).toHaveLength(1);
    });

    it("opens the challenge in a window where the page asks for one", async () => {
      const { page, withdraw, expectOutcome } = await visit(setting, { path: "/?mode=window" });
      const openWindow = async (): Promise<Page> => {
        const [opened] = await Promise.all([page.waitForEvent("popup"), withdraw("250.00")]);
        return opened;
      };
      await (await openWindow()).close();
      await expectOutcome("The withdrawal was not confirmed.", []);

      const opened = await openWindow();
      await addVirtualAuthenticator(opened);
      await enrollPasskeyAndApprove(opened);
      await expectOutcome("250.00 EUR are on their way.", ["250.00"]);
      expect(opened.isClosed()).toBe(true);
    });

    it("shows the challenge on a screen of its own: a first app approves, then its codes do", async () => {
      const clock = createManualClock(Date.now());
      const { example, page, withdraw, expectOutcome } = await visit(setting, { path: "/?mode=own", clock });
      const dialog = page.getByRole("dialog", { name: "Confirm the withdrawal" });
      const press = (name: string): Promise<void> => dialog.getByRole("button", { name, exact: true }).click();
      await withdraw("250.00");
      await dialog.getByText("250.00 EUR to DE02120300000000202051").waitFor({ state: "attached" });
      await press("Not now");
      await expectOutcome("The withdrawal was not confirmed.", []);

      await withdraw("250.00");
      await press("Authenticator app");
      const told = dialog.getByText("Add this key to your app:");
      const secret = (await told.innerText()).split(": ")[1] ?? "";
      const code = (): string => new TOTP({ secret }).generate({ timestamp: clock.now() });
      await dialog.getByLabel("Code").fill(code());
      await press("Confirm");
      await dialog.getByText("Write these recovery codes down:").waitFor();
      expect(example.bank.withdrawals).toEqual([]);
      await press("I have them");
      await expectOutcome("250.00 EUR are on their way.", ["250.00"]);

      clock.advance(30_000);
      await withdraw("300.00");
      await press("Authenticator app");
      await dialog.getByLabel("Code").fill(otherThan(code()));
      await press("Confirm");
      await dialog.getByText("That code is not right.").waitFor();
      await dialog.getByLabel("Code").fill(code());
      await press("Confirm");
      await expectOutcome("300.00 EUR are on their way.", ["250.00", "300.00"]);
      expect(await dialog.isVisible()).toBe(false);
    });
  });
}
