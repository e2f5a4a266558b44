import type { MagicLinkMessage } from "@require-action/engine/server";
import { fileURLToPath } from "node:url";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve, type Served } from "@require-action-test/support/serve";
import { addVirtualAuthenticator, type VirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { CodeMessage } from "@require-action/engine";
import { createClientApi, toNodeHandler } from "../../../src/client-api/index.ts";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe } from "vitest";
import { createHarness, type Harness } from "../../../../engine/test/harness.ts";
import { policy } from "../../../../engine/test/passkey-harness.ts";

/** An application's page with Authsignal's SDK in it, whose tenant is an engine at another origin. */
export interface SdkWorld extends Harness {
  readonly page: Page;
  readonly texts: readonly CodeMessage[];
  readonly links: readonly MagicLinkMessage[];
  /** The device's own. */
  readonly authenticator: VirtualAuthenticator;
}

/** Describes what the SDK does in Chromium, where there is one. */
export function describeSdk(name: string, tests: (world: () => SdkWorld) => void): void {
  describe.skipIf(!hasChromium)(name, () => {
    let browser: Browser;
    let script: string;
    let world: SdkWorld;
    const servers: Served[] = [];

    beforeAll(async () => {
      const entry = fileURLToPath(new URL("sdk-page.ts", import.meta.url));
      const [launched, bundled] = await Promise.all([
        launchChromium(),
        build({ entryPoints: [entry], bundle: true, write: false, format: "iife", logLevel: "error" }),
      ]);
      browser = launched;
      script = bundled.outputFiles[0]?.text ?? "";
    });

    beforeEach(async () => {
      const bank = await serve((request, response) => {
        const isScript = request.url === "/sdk.js";
        response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
        response.end(isScript ? script : '<!doctype html><title>Bank</title><script src="/sdk.js"></script>');
      });
      const { origin } = bank;
      const texts: CodeMessage[] = [];
      const mails: CodeMessage[] = [];
      const links: MagicLinkMessage[] = [];
      const harness = createHarness({
        policy,
        passkeys: { rpId: "localhost", origins: [origin] },
        delivery: {
          sendSms: (message) => void texts.push(message),
          sendWhatsApp: (message) => void texts.push(message),
          sendEmail: (message) => void mails.push(message),
          sendMagicLink: (message) => void links.push(message),
        },
      });
      const api = createClientApi(harness.engine, {
        tenantId: "bank",
        allowedOrigins: [origin],
        basePath: "/v1/client",
      });
      const tenant = await serve(toNodeHandler(api));
      servers.push(bank, tenant);
      const baseUrl = `${tenant.origin}/v1`;
      const context = await browser.newContext();
      context.setDefaultTimeout(45_000);
      const page = await context.newPage();
      const authenticator = await addVirtualAuthenticator(page);
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
        links,
        page,
        authenticator,
      };
    });
    afterEach(async () => {
      await world?.page.context().close();
      for (const server of servers.splice(0)) await server.close();
    });

    tests(() => world);
  });
}
