import { inspect } from "node:util";
import { otherThan } from "@require-action-test/support/codes";
import { type CodeMessage, createMemoryStore, type EngineOptions } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, remote, track } from "./harness.ts";

const SMS = "SMS";
const phoneNumber = "+14155550100";
const refused = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };

interface SmsHarness extends Harness {
  readonly messages: CodeMessage[];
}

function createSmsHarness({ delivery, ...options }: Partial<EngineOptions> = {}): SmsHarness {
  const messages: CodeMessage[] = [];
  const mails: CodeMessage[] = [];
  const harness = createHarness({
    delivery: {
      sendSms: async (message) => void messages.push(message),
      sendEmail: async (message) => void mails.push(message),
      ...delivery,
    },
    ...options,
  });
  return { ...harness, mails, messages };
}

function lastCode({ messages }: SmsHarness): string {
  return messages.at(-1)?.code ?? "";
}

/** A user with a number; answers with the token of an open challenge whose code was sent. */
async function asked(harness: SmsHarness, userId = "alice"): Promise<string> {
  await harness.engine.authenticators.enrollVerified(userId, { verificationMethod: SMS, phoneNumber });
  const { token } = await track(harness.engine, userId);
  await harness.engine.challenges.send(token, SMS);
  return token;
}

describe("codes by SMS", () => {
  it("are offered where there is somebody to send them, as a method of low strength", () => {
    expect(createSmsHarness().engine.verificationMethods).toContainEqual({ name: SMS, strength: "low" });
    expect(createHarness().engine.verificationMethods.map(({ name }) => name)).not.toContain(SMS);
  });

  it("enrol a number, then complete a challenge", async () => {
    const harness = createSmsHarness();
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { custom: { amount: "50.00" } });
    await expect(harness.engine.challenges.enroll(token, SMS, { phoneNumber })).resolves.toEqual({
      userId: "alice",
      userAuthenticatorId: expect.any(String),
    });
    expect(harness.messages).toMatchObject([
      { to: phoneNumber, purpose: "enrollment", code: expect.stringMatching(/^\d{6}$/), custom: { amount: "50.00" } },
    ]);
    await expect(harness.engine.challenges.verify(token, SMS, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
      userAuthenticator: { verificationMethod: SMS, phoneNumber },
    });
    const { token: next, key } = await track(harness.engine, "alice");
    await harness.engine.challenges.send(next, SMS);
    await expect(harness.engine.challenges.verify(next, SMS, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
    });
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ verificationMethod: SMS });
  });

  it.each([
    "4155550100",
    "+0155550100",
    "+1415555010000000",
    "+14155550100,+14155550101",
    "+14155550100 x12",
    "tel:+14155550100;ext=12",
    "0014155550100",
    ["+14155550100"],
    undefined,
  ])("T45: are not sent to %j", async (given) => {
    const harness = createSmsHarness();
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.enroll(token, SMS, { phoneNumber: given })).rejects.toMatchObject({
      reason: "request_invalid",
    });
    expect(harness.messages).toEqual([]);
  });

  it("T45: go to the number that the application vouches for, and to no other", async () => {
    const harness = createSmsHarness();
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { phoneNumber });
    await expect(harness.engine.challenges.enroll(token, SMS, { phoneNumber: "+14155550199" })).rejects.toMatchObject({
      reason: "request_invalid",
    });
    await harness.engine.challenges.enroll(token, SMS, {});
    expect(harness.messages).toMatchObject([{ to: phoneNumber }]);
  });

  it("are of use once, and only the last one sent", async () => {
    const harness = createSmsHarness();
    const token = await asked(harness);
    const first = lastCode(harness);
    await harness.engine.challenges.send(token, SMS);
    const second = lastCode(harness);
    if (first !== second) await expect(harness.engine.challenges.verify(token, SMS, first)).resolves.toEqual(refused);
    const answers = await Promise.allSettled([
      harness.engine.challenges.verify(token, SMS, second),
      harness.engine.challenges.verify(token, SMS, second),
    ]);
    expect(answers.filter((one) => one.status === "fulfilled" && one.value.isVerified)).toHaveLength(1);
  });

  it("end after five minutes", async () => {
    const harness = createSmsHarness({ limits: { challengeTokenLifetimeMs: 10 * minute } });
    const token = await asked(harness);
    harness.clock.advance(5 * minute);
    await expect(harness.engine.challenges.verify(token, SMS, lastCode(harness))).resolves.toEqual(refused);
  });

  it("T2: are for one action of one user", async () => {
    const harness = createSmsHarness();
    await asked(harness);
    const code = lastCode(harness);
    const mallory = await asked(harness, "mallory");
    if (code !== lastCode(harness)) {
      await expect(harness.engine.challenges.verify(mallory, SMS, code)).resolves.toEqual(refused);
    }
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.verify(token, SMS, code)).resolves.toEqual(refused);
  });

  it("are no codes by e-mail", async () => {
    const harness = createSmsHarness();
    const token = await asked(harness);
    await harness.engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_OTP",
      email: "alice@mail.example",
    });
    await expect(harness.engine.challenges.verify(token, "EMAIL_OTP", lastCode(harness))).resolves.toEqual(refused);
  });

  it("T20: can be guessed five times, of 50 at once", async () => {
    const harness = createSmsHarness({ store: remote() });
    const token = await asked(harness);
    const wrong = otherThan(lastCode(harness));
    const guesses = await Promise.allSettled(
      Array.from({ length: 50 }, () => harness.engine.challenges.verify(token, SMS, wrong)),
    );
    expect(guesses.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  });

  it("T21: leave the count as it is when they are sent again", async () => {
    const harness = createSmsHarness();
    const token = await asked(harness);
    for (let guess = 0; guess < 4; guess++) {
      await harness.engine.challenges.verify(token, SMS, otherThan(lastCode(harness)));
    }
    await harness.engine.challenges.send(token, SMS);
    await harness.engine.challenges.verify(token, SMS, otherThan(lastCode(harness)));
    await expect(harness.engine.challenges.verify(token, SMS, lastCode(harness))).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
  });

  it("T21: are sent five times in ten minutes", async () => {
    const harness = createSmsHarness({ limits: { challengeTokenLifetimeMs: 10 * minute } });
    const token = await asked(harness);
    for (let time = 1; time < 5; time++) await harness.engine.challenges.send(token, SMS);
    await expect(harness.engine.challenges.send(token, SMS)).rejects.toMatchObject({
      reason: "too_many_sends",
      status: 429,
    });
    expect(harness.messages).toHaveLength(5);
  });

  it("do not flood a number that nobody has proved to be theirs, from many accounts either", async () => {
    const harness = createSmsHarness();
    for (const userId of ["a", "b", "c", "d", "e"]) {
      const { token } = await track(harness.engine, userId);
      await harness.engine.challenges.enroll(token, SMS, { phoneNumber });
    }
    const { token } = await track(harness.engine, "f");
    await expect(harness.engine.challenges.enroll(token, SMS, { phoneNumber })).rejects.toMatchObject({
      reason: "too_many_sends",
    });
    expect(harness.messages).toHaveLength(5);
  });

  it("F28: count no attempt when they cannot be sent, and do not tell why", async () => {
    const harness = createSmsHarness({
      delivery: { sendSms: ({ code }) => Promise.reject(new Error(`canary ${code}`)) },
    });
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: SMS, phoneNumber });
    const { token } = await track(harness.engine, "alice");
    const error: unknown = await harness.engine.challenges.send(token, SMS).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: "delivery_failed", status: 503 });
    expect(inspect(error, { depth: 10 })).not.toContain("canary");
  });

  it("T46: are in the message, and nowhere else", async () => {
    const store = createMemoryStore();
    const harness = createSmsHarness({ store });
    const token = await asked(harness);
    const [authenticator] = await store.listAuthenticators("alice");
    const { items } = await harness.engine.actions.query({ userId: "alice" });
    const kept = await store.findChallenge(
      items[0]?.actionId ?? "",
      authenticator?.userAuthenticatorId ?? "",
      harness.clock.now(),
    );
    const reply = await harness.engine.challenges.verify(token, SMS, otherThan(lastCode(harness)));
    expect(kept?.expected).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify([kept, reply, harness.events])).not.toContain(lastCode(harness));
    expect(JSON.stringify(harness.events)).not.toContain(phoneNumber);
  });

  it("T18: change no factor of a user who has a stronger one", async () => {
    const harness = createSmsHarness();
    await enrollApp(harness, "alice");
    const token = await asked(harness);
    const { accessToken } = await harness.engine.challenges.verify(token, SMS, lastCode(harness));
    await expect(harness.engine.challenges.enroll(accessToken, "AUTHENTICATOR_APP", {})).rejects.toMatchObject({
      reason: "factor_change_forbidden",
    });
  });

  it("come with no recovery codes, which would be stronger", async () => {
    const harness = createSmsHarness();
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.enroll(token, SMS, { phoneNumber });
    await harness.engine.challenges.verify(token, SMS, lastCode(harness));
    await expect(harness.engine.authenticators.list("alice")).resolves.toHaveLength(1);
  });

  it("need a sender that can be called", () => {
    expect(() => createHarness({ delivery: { sendSms: "https://sms.example" as never } })).toThrow("delivery.sendSms");
  });
});
