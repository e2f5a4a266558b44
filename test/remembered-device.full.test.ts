import { createMemoryLedger } from "@require-action/core";
import { createEngine } from "@require-action/engine";
import { createRequireAction } from "@require-action/express";
import { createServer, toNodeHandler } from "@require-action/server";
import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { codeAt } from "@require-action-test/support/codes";
import { serve, type Served } from "@require-action-test/support/serve";
import express from "express";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const shared = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const COOKIE = "__Host-require-action-device";

describe.skipIf(!hasChromium)("an application with the engine in it", () => {
  let offset = 0;
  const clock = { now: (): number => Date.now() + offset };
  let bank: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const app = express();
    [bank, browser] = await Promise.all([serve(app, "localhost"), launchChromium()]);
    const baseUrl = `${bank.origin}/auth`;
    const engine = createEngine({
      policy: {
        actions: {
          pay: { defaultOutcome: "CHALLENGE", rememberDevice: { days: 30 } },
          "close-account": { defaultOutcome: "CHALLENGE" },
        },
      },
      secrets: ["an engine secret for tests, 32 bytes long"],
      issuer: "https://bank.example",
      baseUrl,
      clock,
    });
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: `otpauth://totp/bank:alice?secret=${shared}&issuer=bank`,
    });
    const requireAction = createRequireAction({
      provider: engine,
      ledger: createMemoryLedger(),
      clock,
      user: () => "alice",
      sealSecrets: ["a seal secret of the tests, 32 bytes"],
    });
    const server = createServer(engine, {
      apiSecrets: ["a-server-api-secret"],
      tenantId: "bank",
      allowedOrigins: [bank.origin],
      clock,
    });
    app.use("/auth", toNodeHandler(server.public));
    app.get("/", (_req, res) => void res.type("html").send("<!doctype html><title>Bank</title>"));
    const named = requireAction("pay", { bind: "none", verificationMethods: ["AUTHENTICATOR_APP"] });
    app.post("/pay-by-app", named, (_req, res) => void res.json({}));
    for (const action of ["pay", "close-account"]) {
      const guard = requireAction(action, { bind: "none", redirectUrl: `${bank.origin}/` });
      app.post(`/${action}`, guard, (req, res) => void res.json({ ground: guard.approved(req)?.ground }));
    }
    const context = await browser.newContext();
    page = await context.newPage();
    await page.goto(bank.origin);
  });
  afterAll(async () => {
    await page.context().close();
    await bank.close();
  });

  /** Asks from the application's own page; answers with what it was told. */
  const ask = (path: string, token?: string): Promise<{ ground?: string; code?: string; url: string }> =>
    page.evaluate(
      async ([to, approval]) => {
        const headers = approval === undefined ? {} : { "action-token": approval };
        return (await fetch(String(to), { method: "POST", headers })).json();
      },
      [path, token] as const,
    );
  const cookieOf = async () => (await page.context().cookies()).find(({ name }) => name === COOKIE);

  /** Approves on the page; answers with the result token. */
  async function approve({ tick }: { readonly tick: boolean }): Promise<string> {
    offset += 30_000;
    await page.goto((await ask("/pay")).url);
    const box = page.getByRole("checkbox", { name: "Remember this device for 30 days" });
    expect(await box.isChecked()).toBe(false);
    if (tick) await box.check();
    await page.getByRole("textbox").fill(codeAt(shared, clock.now()));
    await page.waitForURL(/[?]token=/);
    return new URL(page.url()).searchParams.get("token") ?? "";
  }

  it("T17: offers to remember a device where it can stand in, and not for a route that names its methods", async () => {
    for (const [path, boxes] of [
      ["/pay", 1],
      ["/pay-by-app", 0],
      ["/close-account", 0],
    ] as const) {
      await page.goto((await ask(path)).url);
      await page.getByRole("textbox").waitFor();
      expect([path, await page.getByRole("checkbox").count()]).toEqual([path, boxes]);
    }
    await page.goto(bank.origin);
  });

  it("T5: remembers a device once that is ticked, by a cookie that no script sees and that changes with each use", async () => {
    expect(await ask("/pay", await approve({ tick: false }))).toEqual({ ground: "challenge" });
    expect(await cookieOf()).toBeUndefined();
    expect(await ask("/pay", await approve({ tick: true }))).toEqual({ ground: "challenge" });
    const first = await cookieOf();
    expect(first).toMatchObject({ httpOnly: true, secure: true, sameSite: "Strict", path: "/", domain: "localhost" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(await ask("/pay")).toEqual({ ground: "remembered_device" });
    const second = await cookieOf();
    expect(second?.value).not.toBe(first?.value);
    expect(await ask("/pay")).toEqual({ ground: "remembered_device" });
    expect((await ask("/close-account")).code).toBe("challenge_required");
    // A copy of before ends it for both.
    offset += 60_000;
    const stolen = await fetch(`${bank.origin}/pay`, {
      method: "POST",
      headers: { cookie: `${COOKIE}=${first?.value ?? ""}` },
    });
    expect(stolen.status).toBe(403);
    expect((await ask("/pay")).code).toBe("challenge_required");
  });
});
