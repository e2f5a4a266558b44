import { existsSync } from "node:fs";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type CodeMessage, createClientApi, toNodeHandler } from "@require-action/engine";
import { build } from "esbuild";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { createHarness, type Harness } from "../harness.ts";
import { policy } from "../passkey-harness.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** An application's page with Authsignal's SDK in it, whose tenant is an engine at another origin. */
export interface SdkWorld extends Harness {
  readonly page: Page;
  readonly texts: readonly CodeMessage[];
  /** Has the device's own authenticator verify its user, or fail to. */
  setUserVerified(isUserVerified: boolean): Promise<void>;
}

/** Describes what the SDK does in Chromium. Without it, tests are skipped loudly, or fail when REQUIRE_SERVICES is 1. */
export function describeSdk(name: string, tests: (world: () => SdkWorld) => void): void {
  const isThere = existsSync(executablePath);
  if (!isThere) {
    const message = `There is no Chromium at ${executablePath}, so "${name}" is not tested. Set CHROMIUM_PATH.`;
    if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(message);
    console.warn(message);
  }
  describe.skipIf(!isThere)(name, () => {
    let browser: Browser;
    let script: string;
    let world: SdkWorld;
    const servers: Server[] = [];

    async function serve(listener: RequestListener): Promise<string> {
      const server = createServer(listener);
      servers.push(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return `http://localhost:${(server.address() as AddressInfo).port}`;
    }

    beforeAll(async () => {
      const entry = fileURLToPath(new URL("sdk-page.ts", import.meta.url));
      const [launched, bundled] = await Promise.all([
        chromium.launch({ executablePath, args }),
        build({ entryPoints: [entry], bundle: true, write: false, format: "iife", logLevel: "error" }),
      ]);
      browser = launched;
      script = bundled.outputFiles[0]?.text ?? "";
    });
    afterAll(() => browser?.close());

    beforeEach(async () => {
      const origin = await serve((request, response) => {
        const isScript = request.url === "/sdk.js";
        response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
        response.end(isScript ? script : '<!doctype html><title>Bank</title><script src="/sdk.js"></script>');
      });
      const texts: CodeMessage[] = [];
      const mails: CodeMessage[] = [];
      const harness = createHarness({
        policy,
        passkeys: { rpId: "localhost", origins: [origin] },
        delivery: { sendSms: (message) => void texts.push(message), sendEmail: (message) => void mails.push(message) },
      });
      const api = createClientApi(harness.engine, {
        tenantId: "bank",
        allowedOrigins: [origin],
        basePath: "/v1/client",
      });
      const baseUrl = `${await serve(toNodeHandler(api) as RequestListener)}/v1`;
      const context = await browser.newContext();
      context.setDefaultTimeout(8_000);
      const page = await context.newPage();
      const [cdp, authenticatorId] = await addAuthenticator(page);
      await page.goto(origin);
      await page.evaluate((url) => {
        window.expirations = 0;
        window.authsignal = new window.Authsignal({
          tenantId: "bank",
          baseUrl: url,
          onTokenExpired: () => window.expirations++,
        });
      }, baseUrl);
      world = {
        ...harness,
        mails,
        texts,
        page,
        setUserVerified: async (isUserVerified) =>
          void (await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified })),
      };
    });
    afterEach(async () => {
      await world?.page.context().close();
      for (const server of servers.splice(0)) {
        server.closeAllConnections();
        server.close();
      }
    });

    tests(() => world);
  });
}

async function addAuthenticator(page: Page): Promise<[CDPSession, string]> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return [cdp, authenticatorId];
}
