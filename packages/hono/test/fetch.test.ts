import { ConfigurationError, createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { approvedAction, createRequireAction } from "../src/index.ts";
import { createTestApp } from "./app.ts";
import { expectWarning } from "../../../test/support/src/warnings.ts";

describe("on a fetch runtime", () => {
  it("decides, and hands the approved action on as a variable", async () => {
    const { app, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds", { bind: () => ({ amount: "1" }) }), (c) => {
      expect(c.var.approvedAction).toBe(approvedAction(c, "withdraw-funds"));
      return c.json(c.var.approvedAction.bound);
    });
    expect(await (await post(undefined)).json()).toEqual({ amount: "1" });
  });

  it("hands on what was approved, also behind a guard of the same action that stops nothing", async () => {
    const { app, requireAction, post, approve } = createTestApp();
    const bind = () => ({ amount: "1" });
    const observing = requireAction("withdraw-funds", { bind: () => ({ amount: "2" }), observe: true });
    app.post("/withdrawals", requireAction("withdraw-funds", { bind }), observing, (c) =>
      c.json(c.var.approvedAction.ground),
    );
    const headers = { "action-token": await approve(undefined) };
    expect(await (await post(undefined, headers)).json()).toBe("challenge");
  });

  it.each([
    ["answers", 200],
    ["fails", 500],
  ])("F31: a guard that stops waits for a handler under way, which %s", async (_how, status) => {
    const { app, requireAction, post } = createTestApp();
    app.onError((_error, c) => c.text("fault", 500));
    let finish = (): void => {};
    const started = new Promise<void>((resolve) => {
      app.post("/withdrawals", requireAction("withdraw-funds"), async (c) => {
        const finished = new Promise<void>((end) => (finish = end));
        resolve();
        await finished;
        if (status === 500) throw new Error("no funds");
        return c.json({});
      });
    });
    const answer = post(undefined);
    await Promise.race([started, answer]);
    let hasStopped = false;
    const stopped = requireAction.guard.stop().finally(() => (hasStopped = true));
    await new Promise(setImmediate);
    expect(hasStopped).toBe(false);
    finish();
    expect((await answer).status).toBe(status);
    expect(await stopped).toEqual({ left: 0, released: 0 });
  });

  it("sends no address, whatever a forwarding header says", async () => {
    expectWarning("RA_PROXY_NOT_TRUSTED");
    const { app, provider, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    await post(undefined, {
      "x-forwarded-for": "203.0.113.9",
      "x-real-ip": "203.0.113.9",
      forwarded: "for=203.0.113.9",
    });
    expect(provider.calls[0]?.request).not.toHaveProperty("attributes.ipAddress");
  });

  it("sends the address that clientAddress finds", async () => {
    const { app, provider, requireAction, post } = createTestApp({
      clientAddress: (c) => c.req.header("cf-connecting-ip"),
    });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    await post(undefined, { "cf-connecting-ip": "203.0.113.9" });
    expect(provider.calls[0]?.request).toHaveProperty("attributes.ipAddress", "203.0.113.9");
  });

  it("refuses a clientAddress that is no function", () => {
    const create = () => createTestApp({ clientAddress: "203.0.113.9" as never });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow("createRequireAction: clientAddress: must be a function");
  });

  it("F21: a request that is aborted before its approval is used runs no handler, and may come again", async () => {
    const { app, provider, requireAction, post, approve } = createTestApp();
    let runs = 0;
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({ runs: ++runs }));
    const headers = { "x-test-user": "alice", "action-token": await approve(undefined) };
    const leaving = new AbortController();
    const validate = provider.validateChallenge.bind(provider);
    provider.override("validateChallenge", (request, options) => {
      leaving.abort();
      provider.restore();
      return validate(request as never, options);
    });
    await app.fetch(new Request("http://localhost/withdrawals", { method: "POST", headers, signal: leaving.signal }));
    expect(runs).toBe(0);
    expect(await (await post(undefined, headers)).json()).toEqual({ runs: 1 });
  });

  it("T5: sets the cookie of a remembered device beside those of a response of the handler's own", async () => {
    const { app, provider, requireAction, post } = createTestApp();
    app.post("/withdrawals", requireAction("withdraw-funds"), () => {
      const headers = new Headers([
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]);
      return new Response("sent", { headers });
    });
    provider.rememberDevices();
    provider.answerNext({
      state: "ALLOW",
      rememberedDeviceId: "d1",
      deviceSecret: "next.2",
      deviceSecretExpiresAt: Date.UTC(2036, 0, 31),
    });
    const answer = await post(undefined, { cookie: "__Host-require-action-device=first.1" });
    const [first, second, third, ...others] = answer.headers.getSetCookie();
    expect([await answer.text(), first, second, others]).toEqual(["sent", "a=1", "b=2", []]);
    expect(third).toMatch(/^__Host-require-action-device=next\.2; Path=\/; /);
  });

  it("keeps headers that other middleware has set on a refusal", async () => {
    const { app, provider, requireAction, post } = createTestApp();
    app.use(async (c, next) => {
      c.header("access-control-allow-origin", "https://app.example.com");
      await next();
    });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) => c.json({}));
    provider.answer("BLOCK");
    const { status, headers } = await post(undefined);
    expect(status).toBe(403);
    expect(headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    expect(headers.get("content-type")).toBe("application/problem+json");
  });

  it("takes the application's own types for its resolvers", async () => {
    interface Account {
      Variables: { account: { owner: string } };
    }
    const requireAction = createRequireAction<Account>({
      provider: createScriptedProvider(),
      sealSecrets: ["hono-test-seal-secret-0123456789-0123456789"],
      ledger: createMemoryLedger(),
      user: (c) => c.var.account.owner,
    });
    const app = new Hono<Account>();
    app.use(async (c, next) => {
      c.set("account", { owner: "alice" });
      await next();
    });
    app.post("/withdrawals", requireAction("withdraw-funds"), (c) =>
      c.json([c.var.account.owner, c.var.approvedAction.userId]),
    );
    expect(await (await app.request("/withdrawals", { method: "POST" })).json()).toEqual(["alice", "alice"]);
  });
});
