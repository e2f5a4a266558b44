import type { MagicLinkMessage } from "@require-action/engine/server";
import { authsignal } from "@require-action/authsignal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createWebhooks, type WebhookAttempt } from "../src/index.ts";
import { type Answer, apiSecret, createHarness, enrollApp, type Harness, send } from "./harness.ts";

const email = "alice@bank.example";
let harness: Harness;
let links: MagicLinkMessage[];

beforeEach(async () => {
  links = [];
  const keep = (message: MagicLinkMessage): void => void links.push(message);
  harness = await createHarness({
    engine: { delivery: { sendEmail: (message) => void harness.messages.push(message), sendMagicLink: keep } },
  });
});
afterEach(() => harness.close());

const client = (token: string, path: string): Promise<Answer> =>
  send(`${harness.origin}/v1/client/${path}`, "POST", undefined, { authorization: `Bearer ${token}` });

async function tracked(attributes: object = {}): Promise<{ token: string; idempotencyKey: string }> {
  return harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
}

const stateOf = async (idempotencyKey: string): Promise<unknown> =>
  harness.sdk.getAction({ userId: "alice", action: "withdraw-funds", idempotencyKey });

describe("T55: POST /v1/client/challenge/deny", () => {
  it("ends the action, as Authsignal's clients and ours see it, however often it is sent", async () => {
    await enrollApp(harness, "alice");
    const { token, idempotencyKey } = await tracked();
    expect((await client(token, "challenge/deny")).json).toEqual({ success: true });
    expect((await client(token, "challenge/deny")).status).toBe(200);
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_FAILED" });
    expect(await harness.sdk.validateChallenge({ token, userId: "alice" })).toMatchObject({
      isValid: false,
      state: "CHALLENGE_FAILED",
    });
    const late = await client(token, "verify/totp");
    expect([late.status, late.json.errorCode]).toEqual([400, "invalid_request"]);
    expect((await client(token, "init")).json.errorCode).toBe("challenge_not_open");
  });

  it("takes nothing but the token of an open challenge", async () => {
    await enrollApp(harness, "alice");
    const { token } = await tracked({ custom: { amount: "5000" } });
    expect((await client(token ?? "", "challenge/deny")).status).toBe(401);
    expect((await client("garbage", "challenge/deny")).status).toBe(401);
    const { token: allowed } = await harness.sdk.track({ userId: "alice", action: "sign-in", attributes: {} });
    expect((await client(allowed, "challenge/deny")).status).toBe(409);
  });

  it("is what a guard over the Server API learns of", async () => {
    await enrollApp(harness, "alice");
    const provider = authsignal({ apiSecretKey: apiSecret, apiUrl: `${harness.origin}/v1` });
    const { token, idempotencyKey } = await tracked();
    const action = "withdraw-funds";
    const call = { signal: new AbortController().signal };
    const learned = async (): Promise<unknown> => [
      (await provider.validateChallenge({ token, userId: "alice", action }, call)).deniedByUser,
      (await provider.getAction({ userId: "alice", action, idempotencyKey }, call))?.deniedByUser,
    ];
    expect(await learned()).toEqual([undefined, undefined]);
    await client(token, "challenge/deny");
    expect(await learned()).toEqual([true, true]);
  });
});

describe("T55: the pages that messages lead to", () => {
  const here = (url: string): string => url.replace("https://bank.example", harness.origin);
  const open = (url: string): Promise<Response> => fetch(here(url), { redirect: "manual" });
  const press = (url: string, fields: object, headers = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const body = new URLSearchParams({ link: searchParams.get("link") ?? "", ...fields });
    return fetch(harness.origin + pathname, { method: "POST", body, headers, redirect: "manual" });
  };

  async function mailed(): Promise<{ url: string; idempotencyKey: string }> {
    const { token, idempotencyKey } = await tracked({ email, custom: { amount: "25.50", payee: "<b>bob" } });
    await client(token, "challenge/email-otp");
    return { url: harness.messages.at(-1)?.denyUrl ?? "", idempotencyKey };
  }

  it("shows who opens it what was asked for, changes nothing, and ends the action when it is pressed", async () => {
    const { url, idempotencyKey } = await mailed();
    const page = await open(url);
    const text = await page.text();
    expect(text).toContain("25.50");
    expect(text).toContain("&lt;b&gt;bob");
    expect(page.headers.get("set-cookie")).toBeNull();
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    expect(await (await press(url, {})).text()).toContain("The request has ended");
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_FAILED" });
    expect((await press(url, {})).status).toBe(200);
  });

  it("is not pressed by another site's page", async () => {
    const { url, idempotencyKey } = await mailed();
    expect((await press(url, {}, { "sec-fetch-site": "cross-site" })).status).toBe(400);
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("says that it is over for garbage, and too late for what was approved", async () => {
    expect((await open(`${harness.origin}/deny?link=x`)).status).toBe(410);
    expect((await press(`${harness.origin}/deny?link=x`, {})).status).toBe(410);
    const { url, idempotencyKey } = await mailed();
    const attributes = { state: "CHALLENGE_SUCCEEDED", verificationMethod: "EMAIL_OTP" };
    await harness.call("PATCH", `/users/alice/actions/withdraw-funds/${idempotencyKey}`, attributes);
    expect((await press(url, {})).status).toBe(409);
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("denies from a magic link, which is over then", async () => {
    const { token, idempotencyKey } = await tracked({ email });
    await client(token, "challenge/email-magic-link");
    const { url } = links.at(-1)!;
    expect(await (await open(url)).text()).toContain("I did not ask for this");
    expect((await press(url, { deny: "yes" })).status).toBe(200);
    expect(await stateOf(idempotencyKey)).toMatchObject({ state: "CHALLENGE_FAILED" });
    expect((await open(url)).status).toBe(410);
  });

  it("has no such button where a mailbox is set up and nothing is approved", async () => {
    const { token } = await harness.sdk.track({
      userId: "alice",
      action: "sign-in",
      attributes: { scope: "add:authenticators" },
    });
    const headers = { authorization: `Bearer ${token}` };
    await send(`${harness.origin}/v1/client/user-authenticators/email-magic-link`, "POST", { email }, headers);
    const { url } = links.at(-1)!;
    expect(await (await open(url)).text()).not.toContain("I did not ask");
    expect((await press(url, { deny: "yes" })).status).toBe(410);
  });
});

describe("S16: the webhook", () => {
  it("receives action.denied_by_user once, with the action and nothing of the token", async () => {
    const attempts: WebhookAttempt[] = [];
    const { store, clock } = harness;
    const onAttempt = (attempt: WebhookAttempt): void => void attempts.push(attempt);
    const webhooks = createWebhooks({ apiSecrets: [apiSecret], tenantId: "bank", store, clock, onAttempt });
    await harness.close();
    harness = await createHarness({ store, engine: { ...webhooks.engineOptions, clock } });
    await enrollApp(harness, "alice");
    const { token, idempotencyKey } = await tracked();
    await client(token, "challenge/deny");
    await client(token, "challenge/deny");
    await webhooks.deliverDue();
    const denied = attempts.flatMap(({ event }) =>
      "data" in event && event.type === "action.denied_by_user" ? [event.data] : [],
    );
    expect(denied).toEqual([
      {
        userId: "alice",
        action: "withdraw-funds",
        idempotencyKey,
        state: "CHALLENGE_FAILED",
        deniedAt: "2026-01-15T12:00:00.000Z",
      },
    ]);
  });
});
