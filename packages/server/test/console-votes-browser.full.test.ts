import { generateKeyPairSync } from "node:crypto";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { serve } from "@require-action-test/support/serve";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import { createEngine, createMemoryStore } from "@require-action/engine";
import { describe, expect, it, onTestFinished } from "vitest";
import { createServer, type FetchHandler, toNodeHandler } from "../src/index.ts";
import { findingsOf } from "./axe-findings.ts";

const by = { actor: "operator", reason: "a test" };
const pictures = process.env["CONSOLE_PICTURES"];

describe.skipIf(!hasChromium)("votes in the console", () => {
  it("T69: are signed with the reviewer's passkey, on a page that asks once more", async () => {
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    const http = await serve(toNodeHandler((request, environment) => server(request, environment)));
    onTestFinished(() => http.close());
    const store = createMemoryStore();
    const engine = createEngine({
      policy: {
        actions: { lend: { defaultOutcome: "REVIEW", review: { approvers: 2 } } },
        dataPoints: [{ name: "payee", type: "text", optional: true }],
      },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: http.origin,
      passkeys: { rpId: "localhost", origins: [http.origin] },
      receipts: { keys: [generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as never] },
      store,
    });
    const apiSecrets = ["an-api-secret-of-the-tests"];
    server = createServer(engine, { apiSecrets, tenantId: "bank", store, console: { secureCookies: false } });
    const key = { userId: "alice", action: "lend", idempotencyKey: "key" };
    const attributes = { idempotencyKey: key.idempotencyKey, custom: { payee: "bob" } };
    const call = { signal: new AbortController().signal };
    await engine.track({ ...key, attributes, boundFields: ["payee"] }, call);
    const id = encodeURIComponent((await engine.actions.find(key))?.actionId ?? "");

    const more = { ...key, idempotencyKey: "more" };
    await engine.track(
      { ...more, attributes: { ...attributes, idempotencyKey: "more" }, boundFields: ["payee"] },
      call,
    );
    const other = encodeURIComponent((await engine.actions.find(more))?.actionId ?? "");

    const browser = await launchChromium();
    for (const reviewer of ["olga", "omar"]) {
      const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
      context.setDefaultTimeout(45_000);
      const page = await context.newPage();
      await addVirtualAuthenticator(page);
      const { token } = await engine.reviewers.invite(reviewer, { role: "decide", userIds: [] }, by);
      await page.goto(`${http.origin}/console/invitation#${token}`);
      await page.getByRole("button", { name: "Open the invitation" }).click();
      await page.getByRole("button", { name: "Create a passkey" }).click();
      await page.getByRole("heading", { name: "Reviews" }).waitFor();
      // Not held back and then refused, whichever way leads to it.
      await page.locator(".keys").waitFor();
      for (const pressed of ["j", "a"]) await page.keyboard.press(pressed);
      await page.getByText("Your passkey signs this, for the receipt.").waitFor();
      const cases = [id, other].map((one) => `case=${one}`).join("&");
      await page.goto(`${http.origin}/console/decide?decision=approve&${cases}`);
      expect(await page.getByText("Your passkey signs this approval").count()).toBe(2);
      expect(await page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
      await page.goto(`${http.origin}/console/case?id=${id}`);
      await page.getByRole("button", { name: /^Approve/ }).click();
      await page.getByText("Your passkey signs this, for the receipt.").waitFor();
      expect(await page.locator("dl").textContent()).toContain("bob");
      expect(await findingsOf(page)).toEqual([]);
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/vote-${reviewer}.png`, fullPage: true });
      await page.getByRole("button", { name: /^Approve/ }).click();
      await page.getByRole("heading", { name: "Reviews" }).waitFor();
      await page.goto(`${http.origin}/console/case?id=${id}`);
      await page.getByText("With a passkey, on").first().waitFor();
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: width === 360 ? "dark" : "light" });
        expect(await findingsOf(page)).toEqual([]);
        if (pictures !== undefined)
          await page.screenshot({ path: `${pictures}/voted-${reviewer}-${width}.png`, fullPage: true });
      }
      await context.close();
    }
    const action = await engine.actions.find(key);
    expect(action?.state).toBe("REVIEW_SUCCEEDED");
    const found = await engine.receipts!.find(action!);
    const votes = found.filter(({ type }) => type === "voted").map(({ entry }) => entry);
    expect(votes.map(({ reviewer, assertion }) => [reviewer, assertion !== undefined])).toEqual([
      ["olga", true],
      ["omar", true],
    ]);
  }, 120_000);
});
