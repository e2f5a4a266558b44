import { createServer as createHttpServer } from "node:http";
import { text } from "node:stream/consumers";
import { VerificationMethod } from "@authsignal/node";
import { systemClock } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { serve } from "@require-action-test/support/serve";
import { createManualClock, type ManualClock } from "@require-action/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createEventLog,
  createMessageTexts,
  createWebhooks,
  type WebhookAttempt,
  type WebhookOptions,
  type Webhooks,
} from "../src/index.ts";
import {
  apiSecret,
  basic,
  completeChallenge,
  createHarness,
  enrollApp,
  type Harness,
  minute,
  send,
} from "./harness.ts";

interface Received {
  readonly body: string;
  readonly signature: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

let received: Received[];
/** How the receiver answers, by the type of the event. */
let answers: Readonly<Record<string, number>>;
let receiver: { readonly origin: string; close(): Promise<void> };
let harness: Harness;
let webhooks: Webhooks;
let attempts: WebhookAttempt[];
let clock: ManualClock;

beforeEach(async () => {
  [received, answers, attempts] = [[], {}, []];
  clock = createManualClock(Date.UTC(2026, 0, 15, 12));
  const listener: Parameters<typeof createHttpServer>[1] = async (request, response) => {
    const body = await text(request);
    received.push({ body, signature: String(request.headers["x-signature-v2"]), headers: request.headers });
    const { type = "log" } = JSON.parse(body) as { type?: string };
    const status = answers[type] ?? 204;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
  };
  receiver = await serve(listener, "127.0.0.1");
  await open();
});
afterEach(async () => {
  await Promise.all([harness.close(), receiver.close()]);
});

/** Serves an engine whose events go to the receiver. */
async function open(options: Partial<WebhookOptions> = {}, store = createMemoryStore()): Promise<void> {
  await harness?.close();
  webhooks = createWebhooks({
    url: `${receiver.origin}/hook`,
    apiSecrets: [apiSecret],
    tenantId: "bank",
    store,
    clock,
    onAttempt: (attempt) => void attempts.push(attempt),
    ...options,
  });
  const { delivery } = webhooks.engineOptions;
  harness = await createHarness({ store, engine: { ...webhooks.engineOptions, clock }, server: { delivery } });
}

/** An event, verified as the official SDK does: without its tolerance, which goes by the machine's clock. */
const verified = ({ body, signature }: Received) => harness.sdk.webhook.constructEvent(body, signature, 0);
const typesOf = (): readonly string[] => received.map((one) => verified(one).type);
const email = "alice@bank.example";
const enrolled = () =>
  harness.sdk.enrollVerifiedAuthenticator({
    userId: "alice",
    attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email },
  });

async function sendCode(): Promise<{ readonly token: string; readonly status: number }> {
  const attributes = { idempotencyKey: "key-1", ipAddress: "203.0.113.9", userAgent: "Browser/1", locale: "de" };
  const { token } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
  const url = `${harness.origin}/v1/client/challenge/email-otp`;
  const { status } = await send(url, "POST", {}, { authorization: `Bearer ${token}` });
  return { token, status };
}

describe("S16: events that wait for an answer", () => {
  it("send codes, signed as the official SDK expects it", async () => {
    await open({ clock: systemClock });
    await enrolled();
    const { token, status } = await sendCode();
    expect(status).toBe(200);
    const [first] = received;
    // Within the tolerance of the SDK.
    const event = harness.sdk.webhook.constructEvent(first?.body ?? "", first?.signature ?? "");
    expect(event).toEqual({
      version: 1,
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      source: "require-action",
      time: expect.stringMatching(/Z$/),
      tenantId: "bank",
      type: "email.created",
      data: {
        to: email,
        code: expect.stringMatching(/^\d{6}$/),
        userId: "alice",
        idempotencyKey: "key-1",
        actionCode: "withdraw-funds",
        ipAddress: "203.0.113.9",
        userAgent: "Browser/1",
        locale: "de",
        purpose: "challenge",
        custom: "{}",
        expiresAt: expect.stringMatching(/Z$/),
        denyUrl: expect.stringMatching(/^https:\/\/bank\.example\/deny\?link=/),
      },
    });
    expect(first?.headers["content-type"]).toBe("application/json");
    const { code: verificationCode } = event.data as unknown as { code: string };
    const url = `${harness.origin}/v1/client/verify/email-otp`;
    const { json } = await send(url, "POST", { verificationCode }, { authorization: `Bearer ${token}` });
    expect(json.isVerified).toBe(true);
  });

  it("T51: an altered body, and a signature by another secret, are not the SDK's", async () => {
    await enrolled();
    await sendCode();
    const [{ body, signature } = { body: "", signature: "" }] = received;
    const construct = (changed: string, by = signature) => harness.sdk.webhook.constructEvent(changed, by, 0);
    expect(() => construct(body.replace("alice", "mallory"))).toThrow();
    expect(() => construct(body, signature.replace(/v2=./, "v2=!"))).toThrow();
    expect(() => construct(body, signature.replace(/t=\d/, "t=9"))).toThrow();
  });

  it("send codes by SMS, and to addresses of nobody yet", async () => {
    const attributes = { verificationMethod: VerificationMethod.SMS, phoneNumber: "+6421000000" };
    await harness.sdk.challenge({ ...attributes, action: "sign-in", ipAddress: "203.0.113.9" } as never);
    expect(verified(received[0] as Received)).toMatchObject({
      type: "sms.created",
      data: { to: "+6421000000", actionCode: "sign-in", ipAddress: "203.0.113.9", idempotencyKey: expect.any(String) },
    });
  });

  it("have the text of the message too, where one is written: in its language, and with what the code approves", async () => {
    const texts = createMessageTexts(
      { dataPoints: () => harness.engine.dataPoints() },
      { appName: "Acme Bank", clock },
    );
    await open({ texts });
    await enrolled();
    await harness.engine.authenticators.enrollVerified("alice", {
      verificationMethod: "SMS",
      phoneNumber: "+447700900123",
    });
    const custom = { amount: "250.00", payee: "Bob" };
    const { token } = await harness.sdk.track({
      userId: "alice",
      action: "withdraw-funds",
      attributes: { idempotencyKey: "written", locale: "de", custom },
    });
    for (const segment of ["email-otp", "sms"]) {
      await send(`${harness.origin}/v1/client/challenge/${segment}`, "POST", {}, { authorization: `Bearer ${token}` });
    }
    const [mail, sms] = received.map(verified).map(({ data }) => data as unknown as Record<string, string>);
    expect(mail).toMatchObject({ language: "de", subject: expect.stringContaining("Acme Bank") });
    for (const text of [mail?.["text"], sms?.["text"]]) expect(text).toMatch(/Bob/);
    expect(mail?.["text"]).toContain(mail?.["code"]);
    expect(sms?.["text"]).toContain(sms?.["code"]);
    expect(sms).not.toHaveProperty("subject");
    expect(() =>
      createWebhooks({ apiSecrets: [apiSecret], tenantId: "bank", store: createMemoryStore(), texts: {} as never }),
    ).toThrow(/texts: must have/);
  });

  it("fail the challenge for any answer but 2xx, follow no redirect, and are kept nowhere", async () => {
    await enrolled();
    await webhooks.deliverDue();
    received.length = 0;
    for (const status of [302, 400, 404, 500]) {
      answers = { "email.created": status };
      expect((await sendCode()).status).toBe(503);
      clock.advance(11 * minute);
    }
    expect(received).toHaveLength(4);
    expect(await webhooks.deliverDue()).toBe(0);
    expect(attempts.filter(({ failure }) => failure === "refused").map(({ status }) => status)).toEqual([
      302, 400, 404, 500,
    ]);
  });

  it("ask before a challenge succeeds, and let it", async () => {
    await enrollApp(harness, "alice");
    const { token } = await harness.sdk.track({
      userId: "alice",
      action: "withdraw-funds",
      attributes: { idempotencyKey: "k" },
    });
    const result = await completeChallenge({ ...harness, clock }, token);
    expect((await harness.sdk.validateChallenge({ token: result })).isValid).toBe(true);
    const [{ userAuthenticatorId } = { userAuthenticatorId: "" }] = await harness.sdk.getAuthenticators({
      userId: "alice",
    });
    expect(verified(received[0] as Received)).toMatchObject({
      type: "action.verify",
      data: {
        userId: "alice",
        action: "withdraw-funds",
        idempotencyKey: "k",
        state: "CHALLENGE_SUCCEEDED",
        verificationMethod: "AUTHENTICATOR_APP",
        userAuthenticatorId,
        verifiedAt: new Date(clock.now()).toISOString(),
      },
    });
  });

  it.each([
    [403, 403, "approval_refused"],
    [302, 403, "approval_refused"],
    [500, 503, "lookup_failed"],
  ])("answered %i, leave the challenge as it is", async (answer, status, code) => {
    answers = { "action.verify": answer };
    await enrollApp(harness, "alice");
    const key = { userId: "alice", action: "withdraw-funds" };
    const { token } = await harness.sdk.track({ ...key, attributes: { idempotencyKey: "k" } });
    expect(await completeChallenge({ ...harness, clock }, token)).toBeUndefined();
    expect((await harness.sdk.getAction({ ...key, idempotencyKey: "k" }))?.state).toBe("CHALLENGE_REQUIRED");
    expect(harness.events.at(-1)).toMatchObject({ type: "challenge.refused", reason: code });
    // The backend is asked as well.
    const moved = harness.call("PATCH", "/users/alice/actions/withdraw-funds/k", {
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "PASSKEY",
    });
    expect((await moved).status).toBe(status);
    answers = {};
    clock.advance(minute);
    expect(await completeChallenge({ ...harness, clock }, token)).toEqual(expect.any(String));
  });

  it("approve nothing where nobody answers", async () => {
    await open({ url: "http://127.0.0.1:9/" });
    await enrollApp(harness, "alice");
    const { token } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes: {} });
    expect(await completeChallenge({ ...harness, clock }, token)).toBeUndefined();
    expect(attempts.at(-1)).toMatchObject({ failure: "unreachable", event: { type: "action.verify" } });
  });
});

describe("S16: news of authenticators", () => {
  it("arrives with what it is of, once it is delivered", async () => {
    const { authenticator } = await enrolled();
    await enrollApp(harness, "alice");
    expect(received).toEqual([]);
    expect(await webhooks.deliverDue()).toBe(2);
    const [first, second] = received.map(verified).toSorted((one) => (JSON.stringify(one).includes(email) ? -1 : 1));
    expect(first).toMatchObject({
      type: "authenticator.created",
      data: {
        userId: "alice",
        verificationMethod: "EMAIL_OTP",
        userAuthenticatorId: authenticator.userAuthenticatorId,
        email,
        createdAt: "2026-01-15T12:00:00.000Z",
      },
    });
    expect(second).toMatchObject({ type: "authenticator.created", data: { verificationMethod: "AUTHENTICATOR_APP" } });
    // No secret of an authenticator, and nothing of recovery codes.
    expect(received.map(({ body }) => body).join()).not.toMatch(/secret|hash|RECOVERY/i);
    expect(await webhooks.deliverDue()).toBe(0);
  });

  it("says what was removed: by the backend, by another that took its place, and with its user", async () => {
    const { authenticator } = await enrolled();
    await harness.sdk.updateUser({ userId: "alice", attributes: { email: "new@bank.example", emailVerified: true } });
    await harness.sdk.deleteUser({ userId: "alice" });
    await webhooks.deliverDue();
    const events = received
      .map(verified)
      .map(({ type, data }) => `${type} ${String((data as { email?: string }).email)}`);
    expect(events.toSorted()).toEqual([
      `authenticator.created ${email}`,
      "authenticator.created new@bank.example",
      `authenticator.deleted ${email}`,
      "authenticator.deleted new@bank.example",
    ]);
    const removed = received
      .map(verified)
      .find((one) => JSON.stringify(one).includes(authenticator.userAuthenticatorId));
    expect(removed).toBeDefined();
    expect(new Set(received.map((one) => verified(one).id)).size).toBe(4);
  });

  it("is sent again, under the same id, until it arrives or three days have passed", async () => {
    answers = { "authenticator.created": 500 };
    await enrolled();
    const waits: number[] = [];
    for (let sent = 0; sent < 6;) {
      await webhooks.deliverDue();
      if (received.length > sent) {
        sent = received.length;
        waits.push(clock.now());
      }
      clock.advance(1_000);
    }
    const between = waits.slice(1).map((at, index) => (at - (waits[index] ?? 0)) / 1_000);
    expect(between).toEqual([30, 60, 120, 240, 480]);
    expect(new Set(received.map((one) => verified(one).id)).size).toBe(1);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    answers = {};
    clock.advance(60 * minute);
    expect(await webhooks.deliverDue()).toBe(1);
    await harness.sdk.deleteUser({ userId: "alice" });
    clock.advance(3 * 24 * 60 * minute);
    expect(await webhooks.deliverDue()).toBe(0);
  });

  it("is all delivered at once, however much is due, also where some of it does not arrive", async () => {
    for (let index = 0; index < 40; index++) await enrollApp(harness, `user-${String(index)}`);
    answers = { "authenticator.created": 500 };
    expect(await webhooks.deliverDue()).toBe(0);
    expect(received).toHaveLength(40);
    answers = {};
    clock.advance(minute);
    expect(await webhooks.deliverDue()).toBe(40);
    expect(new Set(received.map((one) => verified(one).id)).size).toBe(40);
  });

  it("that a process took, and never delivered, is another's after a minute", async () => {
    await enrolled();
    const now = clock.now();
    const [taken] = await harness.store.takeOutbox(now, now + minute, 10);
    expect(await webhooks.deliverDue()).toBe(0);
    clock.advance(minute);
    expect(await webhooks.deliverDue()).toBe(1);
    expect(verified(received[0] as Received).id).toBe(taken?.eventId);
  });

  it("is delivered in the background, and a receiver that hangs holds no decision up", async () => {
    webhooks.start();
    webhooks.start();
    await enrolled();
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
    await webhooks.stop();
    await webhooks.stop();
    await harness.sdk.deleteUser({ userId: "alice" });
    expect(await webhooks.deliverDue()).toBe(1);
  });

  it("is not sent of types that nobody asked for, and then does not wait either", async () => {
    await open({ events: ["authenticator.deleted"] });
    await enrollApp(harness, "alice");
    await harness.sdk.deleteUser({ userId: "alice" });
    await webhooks.deliverDue();
    expect(typesOf()).toEqual(["authenticator.deleted"]);
    expect(await webhooks.deliverDue()).toBe(0);
    expect(webhooks.engineOptions).toEqual({ delivery: {}, outbox: true });
  });

  it("is signed with each of the secrets, so that they rotate", async () => {
    await open({ apiSecrets: ["a-newer-server-api-secret", apiSecret] });
    await enrolled();
    await webhooks.deliverDue();
    expect(received[0]?.signature).toMatch(/^t=\d+,v2=[^,=]+,v2=[^,=]+$/);
    expect(typesOf()).toEqual(["authenticator.created"]);
  });

  it("is not kept where no webhook is set up", async () => {
    const store = createMemoryStore();
    const plain = await createHarness({ store });
    try {
      await enrollApp(plain, "alice");
      expect(await store.takeOutbox(Number.MAX_SAFE_INTEGER, 0, 10)).toEqual([]);
    } finally {
      await plain.close();
    }
  });
});

describe("S16: log events", () => {
  const logTypes = ["action.log_created", "challenge.log_created"] as const;
  interface LogRecord {
    readonly id: string;
    readonly type: string;
    readonly record: Readonly<Record<string, unknown>>;
  }
  /** What has come of the log, as the official SDK returns it. */
  const logged = (): readonly LogRecord[] =>
    received.flatMap((one) => (verified(one) as unknown as { records?: readonly LogRecord[] }).records ?? []);
  /** Looks every five seconds for so long; resolves to how much has arrived. */
  async function deliverFor(minutes: number): Promise<number> {
    let sum = 0;
    for (let passed = 0; passed < minutes * minute; passed += 5_000) {
      clock.advance(5_000);
      sum += await webhooks.deliverDue();
    }
    return sum;
  }
  const openLog = (options: Partial<WebhookOptions> = {}, store = createMemoryStore()) =>
    open({ events: logTypes, ...options }, store);
  const allowed = (userId: string) => harness.sdk.track({ userId, action: "sign-in", attributes: {} });

  it("tell of an action as it ended, once its token has, in Authsignal's shape", async () => {
    await openLog();
    await enrollApp(harness, "alice");
    const attributes = {
      idempotencyKey: "key-1",
      ipAddress: "203.0.113.9",
      deviceId: "device-1",
      email,
      custom: { amount: "12.50" },
    };
    const { token } = await harness.sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    clock.advance(minute);
    await completeChallenge({ ...harness, clock }, token);
    expect(await deliverFor(9)).toBe(0);
    expect(await deliverFor(2)).toBe(2);
    const [{ body, signature } = { body: "", signature: "" }] = received;
    const envelope = { version: 1, source: "require-action", tenantId: "bank", time: "2026-01-15T12:01:30.000Z" };
    const sent = expect.objectContaining(envelope);
    expect(harness.sdk.webhook.constructEvent(body, signature, 0)).toEqual({ records: [sent, sent] });
    expect(() => harness.sdk.webhook.constructEvent(body.replace("alice", "mallory"), signature, 0)).toThrow();
    const subject = { tenantId: "bank", userId: "alice", actionCode: "withdraw-funds", idempotencyKey: "key-1" };
    expect(
      logged()
        .map(({ type, record }) => ({ type, record }))
        .toReversed(),
    ).toEqual([
      {
        type: "challenge.log_created",
        record: {
          ...subject,
          createdAt: "2026-01-15T12:01:30.000Z",
          type: "AUTHENTICATOR_APP_VALID",
          verificationMethod: "AUTHENTICATOR_APP",
        },
      },
      {
        type: "action.log_created",
        record: {
          ...subject,
          createdAt: "2026-01-15T12:00:00.000Z",
          updatedAt: "2026-01-15T12:01:30.000Z",
          stateUpdatedAt: "2026-01-15T12:01:30.000Z",
          state: "CHALLENGE_SUCCEEDED",
          outcome: "CHALLENGE",
          verificationMethod: "AUTHENTICATOR_APP",
          ipAddress: "203.0.113.9",
          deviceId: "device-1",
          email,
          custom: { amount: "12.50" },
        },
      },
    ]);
    expect(await deliverFor(15)).toBe(0);
  });

  it("tell of each state that an action is left in, and of the rules that led to the first", async () => {
    await openLog({ events: ["action.log_created"] });
    const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: "k" };
    const attributes = { idempotencyKey: "k", custom: { payee: "mallory", amount: "2000" } };
    await harness.sdk.track({ ...key, attributes });
    await harness.sdk.track({ userId: "bob", action: "close-account", attributes: { idempotencyKey: "k" } });
    await deliverFor(11);
    const [rule, large] = ["blocked-payee", "large"].map((ruleId) => expect.objectContaining({ ruleId }));
    const states = (): readonly string[] =>
      logged().map(({ record: { userId, state } }) => `${String(userId)} ${String(state)}`);
    expect(states().toSorted()).toEqual(["alice BLOCK", "bob REVIEW_REQUIRED"]);
    expect(logged().find(({ record }) => record["userId"] === "alice")?.record).toMatchObject({
      outcome: "BLOCK",
      rules: [rule, large],
      priorityRuleId: "blocked-payee",
    });
    await harness.engine.reviews.approve({ ...key, userId: "bob", action: "close-account" }, { reviewer: "rita" });
    await deliverFor(11);
    expect(states().slice(2)).toEqual(["bob REVIEW_SUCCEEDED"]);
    expect(new Set(logged().map(({ id }) => id)).size).toBe(3);
    await enrollApp(harness, "carol");
    const { token } = await harness.sdk.track({ ...key, userId: "carol", attributes: {} });
    await harness.engine.challenges.deny(token);
    await deliverFor(11);
    expect(states().slice(3)).toEqual(["carol CHALLENGE_FAILED"]);
  });

  it("tell what happened to a challenge, in Authsignal's words, without its code", async () => {
    await openLog({ events: ["challenge.log_created", "email.created"] });
    await enrolled();
    const { token } = await sendCode();
    const answer = async (verificationCode: string) =>
      send(
        `${harness.origin}/v1/client/verify/email-otp`,
        "POST",
        { verificationCode },
        { authorization: `Bearer ${token}` },
      );
    // Alike in all that the trail says of them.
    await Promise.all([answer("000000"), answer("000000")]);
    for (let sent = 0; sent < 6; sent++) await sendCode();
    const mails = received.map(verified).filter(({ type }) => type === "email.created");
    const { code = "" } = mails.at(-1)!.data as { code?: string };
    received = [];
    await answer(code);
    await deliverFor(11);
    const told = logged().map(({ record }) => String(record["type"]));
    expect(told.toSorted()).toEqual([
      "EMAIL_OTP_CODE_VALID",
      "EMAIL_OTP_INVALID_OR_EXPIRED",
      "EMAIL_OTP_INVALID_OR_EXPIRED",
      "EMAIL_OTP_RATE_LIMIT_EXCEEDED",
      "EMAIL_OTP_RATE_LIMIT_EXCEEDED",
      ...Array.from({ length: 5 }, () => "EMAIL_OTP_SENT"),
    ]);
    expect(new Set(logged().map(({ id }) => id)).size).toBe(10);
    expect(received.map(({ body }) => body).join()).not.toContain(code);
  });

  it("come 500 at most at once, and no more than a receiver takes", async () => {
    const { signal } = new AbortController();
    await openLog();
    for (let index = 0; index < 620; index++) {
      await harness.engine.track(
        { userId: `user-${index}`, action: "sign-in", attributes: { idempotencyKey: "k" } },
        { signal },
      );
    }
    expect(await deliverFor(11)).toBe(620);
    expect(received.map((one) => (verified(one) as never as { records: [] }).records.length)).toEqual([500, 120]);
    expect(new Set(logged().map(({ id }) => id)).size).toBe(620);
    received = [];
    const attributes = { idempotencyKey: "k", custom: { payee: "円".repeat(4_000) } };
    for (let index = 0; index < 300; index++) {
      await harness.engine.track({ userId: `user-${index}`, action: "withdraw-funds", attributes }, { signal });
    }
    await deliverFor(11);
    // What a receiver has answered late comes again, under the same id.
    expect(new Set(logged().map(({ id }) => id)).size).toBe(300);
    expect(Math.max(...received.map(({ body }) => Buffer.byteLength(body)))).toBeLessThan(1_000_000);
  });

  it("are sent again under the same ids until they arrive, and hold no other news up", async () => {
    await openLog({ events: [...logTypes, "authenticator.created", "email.created"] });
    await allowed("alice");
    answers = { log: 500 };
    await enrolled();
    await deliverFor(20);
    expect(typesOf().filter((type) => type !== undefined)).toEqual(["authenticator.created"]);
    const refused = logged().map(({ id }) => id);
    expect(refused.length).toBeGreaterThan(2);
    expect(new Set(refused).size).toBe(1);
    expect(attempts.filter(({ failure }) => failure !== undefined).map(({ attempt }) => attempt)).toEqual(
      refused.map((_, index) => index + 1),
    );
    received = [];
    answers = {};
    await allowed("bob");
    await deliverFor(60);
    expect(logged().map(({ record }) => record["userId"])).toEqual(["alice", "bob"]);
    expect(logged()[0]?.id).toBe(refused[0]);
  });

  it("are sent by one of several processes, from where the last one ended", async () => {
    const store = createMemoryStore();
    await openLog({}, store);
    const other = createWebhooks({
      url: `${receiver.origin}/hook`,
      apiSecrets: [apiSecret],
      tenantId: "bank",
      store,
      clock,
      events: logTypes,
    });
    const users = Array.from({ length: 40 }, (_, index) => `user-${String(index).padStart(2, "0")}`);
    for (const user of users) {
      await allowed(user);
      clock.advance(40_000);
      await Promise.all([webhooks.deliverDue(), other.deliverDue()]);
    }
    await deliverFor(6);
    // The first has ended.
    webhooks = other;
    await deliverFor(11);
    expect(logged().map(({ record }) => record["userId"])).toEqual(users);
  });

  it("are sent of the last three days where nothing was sent for longer", async () => {
    await openLog();
    await webhooks.deliverDue();
    await allowed("alice");
    clock.advance(3 * 24 * 60 * minute);
    await allowed("bob");
    clock.advance(20 * minute);
    while ((await webhooks.deliverDue()) === 0) clock.advance(1);
    expect(logged().map(({ record }) => record["userId"])).toEqual(["bob"]);
  });

  it("are not sent unless they are asked for, and the trail of before is not sent then", async () => {
    const store = createMemoryStore();
    await open({}, store);
    await allowed("alice");
    expect(await deliverFor(11)).toBe(0);
    expect(await store.takeOutbox(Number.MAX_SAFE_INTEGER - 1, 0, 10)).toEqual([]);
    await openLog({}, store);
    await allowed("bob");
    expect(await deliverFor(11)).toBe(1);
    // A process without them, as while a change is rolled out, leaves the place as it is.
    await open({}, store);
    await allowed("carol");
    expect(await deliverFor(11)).toBe(0);
    await openLog({}, store);
    expect(await deliverFor(11)).toBe(1);
    expect(logged().map(({ record }) => record["userId"])).toEqual(["bob", "carol"]);
  });
});

it.each([
  "http://bank.example/hook",
  "http://10.0.0.1/hook",
  "http://169.254.169.254/latest",
  "http://[::ffff:169.254.169.254]/",
  "http://localhost.evil.example/",
  "https://user:password@bank.example/",
  "https://bank.example/#x",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "bank.example",
  "",
])("S16: %j is no URL for a webhook", (url) => {
  const options = { url, apiSecrets: [apiSecret], tenantId: "bank", store: createMemoryStore() };
  expect(() => createWebhooks(options)).toThrow(url === "" ? /url: is empty/ : /url: must be https/);
});

it("S16: options are checked, and an engine without webhooks takes none of this", () => {
  const options = { apiSecrets: [apiSecret], tenantId: "bank", store: createMemoryStore() };
  expect(() => createWebhooks({ ...options, events: ["push.created"] as never })).toThrow(/events\[0\]/);
  expect(() => createWebhooks({ ...options, apiSecrets: ["short"] })).toThrow(/apiSecrets\[0\]/);
  expect(() => createWebhooks({ ...options, store: {} as never })).toThrow(/store/);
});

describe("S16: the events page of a developer", () => {
  async function openPage(isLocal: boolean) {
    const events = createEventLog();
    await open({ onAttempt: events.onAttempt });
    const dev = { outbox: { entries: () => [] } as never, isLocal, events };
    await harness.close();
    harness = await createHarness({ engine: { ...webhooks.engineOptions, clock }, server: { dev } });
    return `${harness.origin}/dev/events`;
  }

  it("shows what was sent, as JSON and as a page in which text is text", async () => {
    const page = await openPage(true);
    const { userAuthenticatorId } = await harness.engine.authenticators.enrollVerified("<script>x", {
      verificationMethod: "EMAIL_OTP",
      email,
    });
    expect(userAuthenticatorId).toBeDefined();
    const { token } = await harness.sdk.track({
      userId: "<script>x",
      action: "withdraw-funds",
      attributes: {},
    });
    const url = `${harness.origin}/v1/client/challenge/email-otp`;
    await send(url, "POST", {}, { authorization: `Bearer ${token}` });
    const { json } = await send(page, "GET");
    expect(json.events).toEqual([
      expect.objectContaining({ attempt: 1, status: 204, event: expect.objectContaining({ type: "email.created" }) }),
    ]);
    const shown = await fetch(page, { headers: { accept: "text/html,application/xhtml+xml" } });
    expect(shown.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    const markup = await shown.text();
    expect(markup).toContain("email.created");
    expect(markup).not.toContain("<script>");
  });

  it("shows log events", async () => {
    const events = createEventLog();
    await open({ onAttempt: events.onAttempt, events: ["action.log_created"], logDelayMs: 2_000 });
    const dev = { outbox: { entries: () => [] } as never, isLocal: true, events };
    const { store } = harness;
    await harness.close();
    harness = await createHarness({ store, engine: { clock }, server: { dev } });
    await webhooks.deliverDue();
    await harness.sdk.track({ userId: "<script>x", action: "sign-in", attributes: {} });
    clock.advance(3_000);
    expect(await webhooks.deliverDue()).toBe(1);
    const page = `${harness.origin}/dev/events`;
    const record = expect.objectContaining({ userId: "<script>x", state: "ALLOW" });
    const { json } = await send(page, "GET");
    expect(json.events[0].event).toEqual({ records: [expect.objectContaining({ record })] });
    const markup = await (await fetch(page, { headers: { accept: "text/html" } })).text();
    expect(markup).toContain("<h2>action.log_created</h2>");
    expect(markup).not.toContain("<script>");
  });

  it("T60: is not for others: no proxy's request, no other machine without the secret, no other method", async () => {
    const page = await openPage(false);
    expect((await fetch(page)).status).toBe(401);
    const headers = { authorization: basic(apiSecret) };
    expect((await fetch(page, { headers })).status).toBe(200);
    expect((await fetch(page, { headers: { ...headers, "x-forwarded-for": "203.0.113.9" } })).status).toBe(403);
    expect((await fetch(page, { headers, method: "POST" })).status).toBe(405);
  });
});
