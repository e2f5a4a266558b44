import { allowWarnings } from "@require-action-test/support/warnings";
import { authsignal } from "@require-action/authsignal";
import type { UserActionState } from "@authsignal/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiSecret, appOrigin, createHarness, enrollApp, type Harness, refusal } from "./harness.ts";

allowWarnings("RA_ACTION_UNKNOWN");

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

describe("track, by the official SDK", () => {
  it("answers for an empty body with a key of its own", async () => {
    const { sdk } = harness;
    const answer = await sdk.track({ userId: "alice", action: "sign-in" });
    expect(answer).toMatchObject({ state: "ALLOW", isEnrolled: false, ruleIds: [], enrolledVerificationMethods: [] });
    expect(answer.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("C60: names the data point at fault to a guard that asks over the API, as the embedded engine does", async () => {
    const provider = authsignal({ apiSecretKey: apiSecret, apiUrl: `${harness.origin}/v1` });
    const attributes = { idempotencyKey: "key", custom: { amount: "much" } };
    const call = { signal: new AbortController().signal };
    await expect(provider.track({ userId: "alice", action: "withdraw-funds", attributes }, call)).rejects.toMatchObject(
      {
        code: "provider_refused",
        field: "custom.amount",
        message: expect.stringMatching(/custom\.amount(?!.*much)/) as string,
      },
    );
  });

  it("takes no body at all", async () => {
    const { status, json } = await harness.call("POST", "/users/alice/actions/sign-in");
    expect([status, json.state]).toEqual([200, "ALLOW"]);
  });

  it.each([
    ["ALLOW", { amount: "5" }, ["small"]],
    ["BLOCK", { amount: "5", payee: "mallory" }, ["blocked-payee", "small"]],
    ["REVIEW_REQUIRED", { amount: "5000" }, ["large"]],
    ["CHALLENGE_REQUIRED", { amount: "50" }, []],
  ])("ends in %s, with the rules that matched", async (state, custom, ruleIds) => {
    await enrollApp(harness, "alice");
    const attributes = { custom };
    const answer = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    expect(answer).toMatchObject({ state, ruleIds, isEnrolled: true });
  });

  it("gives a token, and a url that a query can be added to, for a challenge", async () => {
    await enrollApp(harness, "alice");
    const { token, url } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds" });
    expect(url).toBe(`https://bank.example/challenge?token=${token}`);
  });

  it("tells nothing that Authsignal's answer does not have, but for what is named so", async () => {
    await enrollApp(harness, "alice");
    expect(Object.keys(await harness.sdk.track({ userId: "alice", action: "change-password" })).sort()).toEqual([
      "allowedVerificationMethods",
      "defaultVerificationMethod",
      "enrolledVerificationMethods",
      "idempotencyKey",
      "isEnrolled",
      "requireAction",
      "ruleIds",
      "state",
      "token",
      "url",
    ]);
  });

  it("lets a user without any authenticator pass a challenge, and says so, as Authsignal does", async () => {
    const { sdk, engine } = harness;
    const attributes = { idempotencyKey: "key" };
    const answer = await sdk.track({ userId: "alice", action: "change-password", attributes });
    expect(answer).toMatchObject({ state: "ALLOW", isEnrolled: false });
    expect(answer.url).toContain("/challenge?token=");
    const key = { userId: "alice", action: "change-password", idempotencyKey: "key" };
    expect((await engine.actions.find(key))?.state).toBe("CHALLENGE_REQUIRED");
    // Where isEnrolled is not told beside it, nothing says ALLOW.
    expect((await sdk.getAction(key)).state).toBe("CHALLENGE_REQUIRED");
  });

  it("challenges a user who has an authenticator, even one that the action does not accept", async () => {
    const { sdk, engine } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@bank.example" });
    const answer = await sdk.track({ userId: "alice", action: "change-password" });
    expect(answer).toMatchObject({ state: "CHALLENGE_REQUIRED", isEnrolled: false });
  });

  it("takes every attribute, and keeps those that mean something here", async () => {
    const { sdk, engine } = harness;
    const kept = {
      redirectUrl: `${appOrigin}/done?x=1`,
      ipAddress: "203.0.113.7",
      userAgent: "Mozilla/5.0",
      deviceId: "device-1",
      scope: "add:authenticators",
      email: "alice@bank.example",
      phoneNumber: "+6421000000",
      username: "alice",
      locale: "en",
      custom: { amount: "5", vip: true, score: 3 },
    };
    const ignored = { customDomain: "mfa.bank.example", crypto: { asset: "BTC" }, unheardOf: 1 };
    const attributes = { ...kept, ...ignored, idempotencyKey: "key", redirectToSettings: true };
    await sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    const action = await engine.actions.find({ userId: "alice", action: "withdraw-funds", idempotencyKey: "key" });
    expect(action?.attributes).toEqual(kept);
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ email: kept.email, phoneNumber: kept.phoneNumber });
  });

  it("opens the settings for redirectToSettings", async () => {
    const attributes = { redirectToSettings: true };
    const { url } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    expect(new URL(url).searchParams.get("view")).toBe("settings");
  });

  it("takes null for an absence", async () => {
    const body = { email: null, ipAddress: null, custom: null, idempotencyKey: null, redirectUrl: null };
    expect((await harness.call("POST", "/users/alice/actions/sign-in", body)).status).toBe(200);
  });

  it("answers for the same action under the same key, and refuses the key with other attributes", async () => {
    const { sdk } = harness;
    const track = (amount: string) =>
      sdk.track({
        userId: "alice",
        action: "withdraw-funds",
        attributes: { idempotencyKey: "key", custom: { amount } },
      });
    await track("5");
    expect((await track("5")).state).toBe("ALLOW");
    expect(await refusal(track("6"))).toMatchObject({ status: 409, code: "idempotency_conflict" });
  });

  it("refuses an action that the policy does not name", async () => {
    const call = harness.sdk.track({ userId: "alice", action: "fly" });
    expect(await refusal(call)).toMatchObject({ status: 400, code: "action_unknown" });
  });

  it("does with an unknown action what the policy says", async () => {
    await harness.engine.reloadPolicy({ actions: {}, unknownActions: "ALLOW" });
    expect((await harness.sdk.track({ userId: "alice", action: "fly" })).state).toBe("ALLOW");
  });

  it("offers to remember no device: whoever tracks over the API has no cookie to hand on", async () => {
    const pay = { defaultOutcome: "CHALLENGE", rememberDevice: { days: 30 } } as const;
    await harness.engine.reloadPolicy({ actions: { pay } });
    const { signal } = new AbortController();
    const own = { userId: "alice", action: "pay", attributes: { idempotencyKey: "embedded" } };
    await harness.engine.track(own, { signal });
    const { idempotencyKey } = await harness.sdk.track({ userId: "alice", action: "pay" });
    const find = (key: string) => harness.engine.actions.find({ userId: "alice", action: "pay", idempotencyKey: key });
    expect((await find("embedded"))?.rememberDays).toBe(30);
    expect(await find(idempotencyKey)).not.toHaveProperty("rememberDays");
  });

  it.each([
    "https://evil.example/",
    `${appOrigin}.evil.example/`,
    `${appOrigin}@evil.example/`,
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "\0https://app.example",
    "https://app.example\\@evil.example",
    "https://user:pass@app.example/",
    "http://app.example/",
    "https://app.example:8443/",
    "javascript:alert(1)//https://app.example",
    "data:text/html,x",
    "",
  ])("T36: refuses the redirectUrl %j", async (redirectUrl) => {
    const { call, engine } = harness;
    const answer = await call("POST", "/users/alice/actions/sign-in", { redirectUrl });
    expect([answer.status, answer.json.errorCode]).toEqual([400, "invalid_request"]);
    expect((await engine.actions.query({ userId: "alice" })).items).toEqual([]);
  });

  it("T36: takes a loopback redirectUrl in development only", async () => {
    const attributes = { redirectUrl: "http://localhost:3000/done" };
    const track = ({ sdk }: Harness) => sdk.track({ userId: "alice", action: "sign-in", attributes });
    expect((await refusal(track(harness))).status).toBe(400);
    const { createOutbox } = await import("../src/index.ts");
    const dev = await createHarness({ server: { dev: { outbox: createOutbox() } } });
    expect((await track(dev)).state satisfies UserActionState).toBe("ALLOW");
    await dev.close();
  });
});
