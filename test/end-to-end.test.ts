import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ExampleOptions, type RunningExample, startExample } from "@require-action-examples/bank";
import { createApp as createExpressApp } from "@require-action-examples/express-withdraw";
import { createApp as createKoaApp } from "@require-action-examples/koa-withdraw";
import { authsignal } from "@require-action/authsignal";
import { createEngine, createMemoryStore, toNodeHandler } from "@require-action/engine";
import { createServer } from "@require-action/server";
import { createManualClock, type ManualClock } from "@require-action/testing";
import { TOTP } from "otpauth";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "./browser.ts";
import { read } from "./workspace.ts";

const API_SECRET = "an-end-to-end-api-secret";
const POPUP = "#__authsignal-popup-iframe";

/** Whatever a test started, in the order in which it is to end. */
const open: (() => Promise<unknown>)[] = [];
let browser: Browser;

interface Setting {
  readonly name: string;
  start(createApp: Parameters<typeof startExample>[0], options: ExampleOptions): Promise<RunningExample>;
}

/** The same application, unchanged: decided by the engine inside it, and by the one served over Authsignal's API. */
const settings: readonly Setting[] = [
  { name: "the embedded engine", start: startExample },
  {
    name: "the served engine",
    async start(createApp, options) {
      const http = createHttpServer().listen(0, "127.0.0.1");
      await once(http, "listening");
      const origin = `http://localhost:${(http.address() as AddressInfo).port}`;
      const example = await startExample(createApp, {
        ...options,
        connect: () => authsignal({ apiSecretKey: API_SECRET, apiUrl: `${origin}/v1` }),
      });
      const store = createMemoryStore();
      const clock = options.clock && { clock: options.clock };
      const engine = createEngine({
        policy: read("examples/policy.json"),
        secrets: ["an-end-to-end-engine-secret-of-32-bytes"],
        issuer: "Example-Bank",
        baseUrl: origin,
        store,
        delivery: { sendEmail: () => {} },
        ...clock,
      });
      const { url } = example;
      const server = createServer(engine, {
        apiSecrets: [API_SECRET],
        tenantId: "example-bank",
        allowedOrigins: [url],
        store,
        ...clock,
      });
      http.on("request", toNodeHandler(server));
      open.push(async () => {
        http.closeAllConnections();
        http.close();
      });
      return example;
    },
  },
];

beforeAll(async () => {
  if (hasChromium) browser = await launchChromium();
});
afterAll(() => browser?.close());
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function openBank({ url }: RunningExample): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 480, height: 900 }, locale: "en-GB" });
  context.setDefaultTimeout(10_000);
  open.push(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Hello, alice" }).waitFor();
  return page;
}

async function popupOf(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector(POPUP)).contentFrame();
  if (frame === null) throw new Error("the popup has no frame");
  return frame;
}

/** The balance, the latest message, and what moved. */
async function expectOutcome(
  page: Page,
  example: RunningExample,
  message: string,
  amounts: readonly string[],
): Promise<void> {
  await page.getByRole("status").getByText(message).waitFor();
  expect(example.bank.withdrawals.map(({ amount }) => amount)).toEqual(amounts);
}

/** Sets up an authenticator app in the popup, and approves with its next code. */
async function enrollAndApprove(frame: Frame, clock: ManualClock): Promise<void> {
  await frame.getByRole("button", { name: "Authenticator app" }).click();
  await frame.getByText("Type the key instead").click();
  const secret = (await frame.locator(".secret").innerText()).replaceAll(/\s/g, "");
  const code = (): string => new TOTP({ secret }).generate({ timestamp: clock.now() });
  await frame.getByRole("textbox").fill(code());
  await frame.getByRole("button", { name: "Set up", exact: true }).click();
  await frame.getByRole("button", { name: "I have kept them" }).click();
  await frame.getByText("Now wait for the app's next code.").waitFor();
  await frame.getByText("EUR 250.00").waitFor();
  clock.advance(30_000);
  await frame.getByRole("textbox").fill(code());
  await frame.getByRole("button", { name: "Approve" }).click();
}

describe.skipIf(!hasChromium).each([
  { framework: "Express", createApp: createExpressApp },
  { framework: "Koa", createApp: createKoaApp },
])("the example bank on $framework, in a browser", ({ createApp }) => {
  describe.each(settings)("decided by $name", ({ start }) => {
    it("enrolls in a popup, approves, moves the money once, allows small amounts then, reviews and blocks", async () => {
      const clock = createManualClock(Date.now());
      const example = await start(createApp, { clock });
      open.push(() => example.close());
      const page = await openBank(example);
      const withdraw = page.getByRole("button", { name: "Withdraw" });

      await withdraw.click();
      const frame = await popupOf(page);
      await enrollAndApprove(frame, clock);
      await expectOutcome(page, example, "250.00 EUR are on their way.", ["250.00"]);
      expect(await page.getByText("19750.00 EUR").isVisible()).toBe(true);
      expect(await page.locator(POPUP).count()).toBe(0);

      await page.getByLabel("Amount in EUR").fill("40.00");
      await withdraw.click();
      await expectOutcome(page, example, "40.00 EUR are on their way.", ["250.00", "40.00"]);

      await page.getByLabel("To").selectOption({ label: "A supplier in Panama, PA12 BANK 0000 0000 0012 34" });
      await withdraw.click();
      await expectOutcome(page, example, "The bank has to look at this first.", ["250.00", "40.00"]);

      await page.getByLabel("To").selectOption({ label: "A listed payee, GB33 BUKB 2020 1555 5555 55" });
      await withdraw.click();
      await expectOutcome(page, example, "This action cannot be completed", ["250.00", "40.00"]);
    });

    it("moves nothing when the user cancels", async () => {
      const example = await start(createApp, {});
      open.push(() => example.close());
      const page = await openBank(example);
      await page.getByRole("button", { name: "Withdraw" }).click();
      await (await popupOf(page)).getByRole("button", { name: "Cancel" }).click();
      await expectOutcome(page, example, "not confirmed", []);
    });
  });
});
