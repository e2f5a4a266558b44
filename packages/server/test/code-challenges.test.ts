import { codeAt } from "@require-action-test/support/codes";
import { SmsChannel, VerificationMethod } from "@authsignal/node";
import { createMemoryStore, type Policy } from "@require-action/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeChallenge, createHarness, enrollApp, type Harness, minute, refusal, send } from "./harness.ts";

const email = "alice@bank.example";
const EMAIL_OTP = VerificationMethod.EMAIL_OTP as never;
let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const begin = (request: object = {}): Promise<{ challengeId: string; idempotencyKey: string; expiresAt: number }> =>
  harness.sdk.challenge({ verificationMethod: EMAIL_OTP, action: "withdraw-funds", email, ...request });
const lastCode = (): string => harness.messages.at(-1)?.code ?? "";
const otherThan = (code: string): string => (code === "000000" ? "000001" : "000000");
const verify = (challengeId: string, verificationCode: string) => harness.sdk.verify({ challengeId, verificationCode });
const wrong = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };

async function verified(request: object = {}): Promise<string> {
  const { challengeId } = await begin(request);
  expect(await verify(challengeId, lastCode())).toMatchObject({ isVerified: true });
  return challengeId;
}

describe("challenge, verify and claim, by the official SDK", () => {
  it("C49: sends a code by e-mail with what the policy shows, verifies it, claims it for a user, and validates", async () => {
    const { sdk, messages, clock } = harness;
    const custom = { amount: "50", payee: "bob" };
    const { challengeId, idempotencyKey, expiresAt } = await begin({
      custom: { ...custom, riskScore: 91 },
      locale: "en",
    });
    expect(expiresAt).toBe(clock.now() + 5 * minute);
    expect(messages).toEqual([
      expect.objectContaining({ to: email, action: "withdraw-funds", custom, locale: "en", purpose: "challenge" }),
    ]);
    expect(await verify(challengeId, lastCode())).toEqual({ isVerified: true, email, verificationMethod: "EMAIL_OTP" });
    const { token, verificationMethod } = await sdk.claimChallenge({ challengeId, userId: "alice" });
    expect(verificationMethod).toBe("EMAIL_OTP");
    expect(await sdk.validateChallenge({ token, userId: "alice", action: "withdraw-funds" })).toEqual({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      stateUpdatedAt: "2026-01-15T12:00:00.000Z",
      userId: "alice",
      action: "withdraw-funds",
      idempotencyKey,
      verificationMethod: "EMAIL_OTP",
    });
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ email, emailVerified: true });
  });

  it("sends a code by SMS", async () => {
    const phoneNumber = "+6421000000";
    const sms = { verificationMethod: VerificationMethod.SMS as never, email: undefined, phoneNumber };
    const { challengeId } = await begin(sms);
    const described = { verificationMethod: "SMS", phoneNumber, smsChannel: "DEFAULT", action: "withdraw-funds" };
    expect(await harness.sdk.getChallenge({ challengeId })).toMatchObject(described);
    expect(await verify(challengeId, lastCode())).toEqual({ isVerified: true, phoneNumber, verificationMethod: "SMS" });
  });

  it("takes the address from the user, and the method from the address", async () => {
    await harness.sdk.updateUser({ userId: "alice", attributes: { email } });
    await begin({ email: undefined, userId: "alice" });
    await begin({ verificationMethod: undefined });
    expect(harness.messages.map(({ to }) => to)).toEqual([email, email]);
  });

  it("resends under the same id, and the code before is void", async () => {
    const { challengeId } = await begin();
    const before = lastCode();
    harness.clock.advance(minute);
    const resent = await harness.sdk.challenge({ challengeId });
    expect(resent).toMatchObject({ challengeId, expiresAt: harness.clock.now() + 5 * minute });
    if (before !== lastCode()) expect(await verify(challengeId, before)).toEqual(wrong);
    expect(await verify(challengeId, lastCode())).toMatchObject({ isVerified: true });
  });

  it("T8: takes a code once, also from many at once", async () => {
    const { challengeId } = await begin();
    const code = lastCode();
    const answers = await Promise.all(Array.from({ length: 5 }, () => verify(challengeId, code)));
    expect(answers.filter(({ isVerified }) => isVerified)).toHaveLength(1);
    expect(await verify(challengeId, code)).toEqual(wrong);
  });

  it("T44: says the same of a wrong, an expired, a used, a foreign and an unknown code", async () => {
    const texts = new Set<string>();
    const ask = async (challengeId: string, verificationCode: string): Promise<void> => {
      const { status, text } = await harness.call("POST", "/verify", { challengeId, verificationCode });
      expect(status).toBe(200);
      texts.add(text);
    };
    const used = await verified();
    await ask(used, lastCode());
    const { challengeId: foreign } = await begin({ email: "bob@bank.example" });
    await ask(foreign, otherThan(lastCode()));
    await ask("x".repeat(65), "123456");
    await ask("garbage", "not a code");
    await ask(`${foreign.slice(0, -1)}_`, lastCode());
    harness.clock.advance(5 * minute);
    await ask(foreign, lastCode());
    expect([...texts]).toEqual([JSON.stringify(wrong)]);
  });

  it("T20: evaluates five of many guesses at once, over many challenges of one address", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await begin()).challengeId);
    const codes = harness.messages.map(({ code }) => code);
    const guesses = Array.from({ length: 50 }, (_, index) =>
      verify(ids[index % 5] ?? "", otherThan(codes[index % 5] ?? "")),
    );
    const reasons = (await Promise.all(guesses)).map(({ failureReason }) => failureReason);
    expect(reasons.map(String).filter((reason) => reason === "CODE_INVALID_OR_EXPIRED")).toHaveLength(5);
    expect(await verify(ids[0] ?? "", codes[0] ?? "")).toEqual({
      isVerified: false,
      failureReason: "MAX_ATTEMPTS_EXCEEDED",
    });
  });

  it("T21: a new code gives no new attempts", async () => {
    const { challengeId } = await begin();
    for (let guess = 0; guess < 4; guess++) await verify(challengeId, otherThan(lastCode()));
    await harness.sdk.challenge({ challengeId });
    await verify(challengeId, otherThan(lastCode()));
    expect(await verify(challengeId, lastCode())).toMatchObject({ failureReason: "MAX_ATTEMPTS_EXCEEDED" });
    harness.clock.advance(15 * minute);
    await begin({ email: email.toUpperCase() });
    const { challengeId: later } = await begin();
    expect(await verify(later, lastCode())).toMatchObject({ isVerified: true });
  });

  it("T21: sends an address five codes in ten minutes", async () => {
    for (let sent = 0; sent < 5; sent++) await begin({ email: sent % 2 === 0 ? email : email.toUpperCase() });
    const { status, headers, json } = await harness.call("POST", "/challenge", { action: "withdraw-funds", email });
    expect([status, headers.get("retry-after")]).toEqual([429, "600"]);
    expect(json.errorDescription).toBe("Too many codes were sent. Wait.");
    expect(harness.messages).toHaveLength(5);
  });

  it("T46: keeps the code out of answers, events and the store's records", async () => {
    const { challengeId } = await begin({ userId: "alice" });
    const code = lastCode();
    const { text } = await harness.call("GET", `/challenges?challengeId=${challengeId}`);
    const { items } = await harness.engine.audit.query();
    expect(text + JSON.stringify(items)).not.toContain(code);
  });

  it("lets a delivery that fails be tried again", async () => {
    let isDown = true;
    const send = (message: { readonly code: string }): void => {
      if (isDown) throw new Error(`SMTP refused ${message.code}`);
    };
    const flaky = await createHarness({ server: { delivery: { sendEmail: send } } });
    const { status, text } = await flaky.call("POST", "/challenge", { action: "sign-in", email });
    expect([status, /\d{6}/.test(text)]).toEqual([503, false]);
    isDown = false;
    expect((await flaky.call("POST", "/challenge", { action: "sign-in", email })).status).toBe(200);
    await flaky.close();
  });
});

describe("claims", () => {
  const claim = (challengeId: string, userId = "alice") => harness.sdk.claimChallenge({ challengeId, userId });

  it("T1: gives a challenge to one user, of many at once", async () => {
    const challengeId = await verified();
    const users = Array.from({ length: 10 }, (_, index) => `user-${index}`);
    const settled = await Promise.allSettled(users.map((userId) => claim(challengeId, userId)));
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const actions = await harness.engine.actions.query({ state: "CHALLENGE_SUCCEEDED" });
    expect(actions.items).toHaveLength(1);
  });

  it("T1: gives a challenge that was begun for a user to nobody else", async () => {
    const challengeId = await verified({ userId: "alice" });
    expect((await refusal(claim(challengeId, "mallory"))).status).toBe(401);
    expect(await claim(challengeId)).toMatchObject({ verificationMethod: "EMAIL_OTP" });
  });

  it.each(["begun", "verified"])(
    "T66: leaves nothing that was %s for a user to whoever has the id next",
    async (how) => {
      const { challengeId } = await begin({ userId: "alice" });
      if (how === "verified") await verify(challengeId, lastCode());
      await harness.sdk.deleteUser({ userId: "alice" });
      if (how === "begun") expect(await verify(challengeId, lastCode())).toEqual(wrong);
      expect((await refusal(claim(challengeId))).status).toBe(401);
      expect(await harness.sdk.getUser({ userId: "alice" })).not.toHaveProperty("email");
    },
  );

  it("T66: leaves no claim of a deleted user that approves", async () => {
    const { sdk } = harness;
    const { token } = await claim(await verified());
    await sdk.deleteUser({ userId: "alice" });
    expect(await sdk.validateChallenge({ token })).toMatchObject({ isValid: false });
  });

  it("T10: claims nothing before it is verified, also not when asked to skip that", async () => {
    const { challengeId } = await begin();
    expect(await refusal(claim(challengeId))).toMatchObject({ status: 401, code: "unauthorized" });
    const skip = harness.sdk.claimChallenge({ challengeId, userId: "alice", skipVerificationCheck: true });
    expect(await refusal(skip)).toMatchObject({ status: 400, code: "not_supported" });
  });

  it("claims within ten minutes", async () => {
    const challengeId = await verified();
    harness.clock.advance(10 * minute);
    expect((await refusal(claim(challengeId))).status).toBe(401);
  });

  it("leaves the decision to the policy", async () => {
    const { sdk } = harness;
    const { token } = await claim(await verified({ custom: { payee: "mallory" } }));
    expect(await sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state: "BLOCK" });
  });

  it("T17: does not do for an action that needs a stronger method", async () => {
    const { sdk, engine } = harness;
    const challengeId = await verified({ action: "change-password" });
    expect(await refusal(claim(challengeId))).toMatchObject({ status: 403 });
    expect((await engine.actions.query({ state: "CHALLENGE_SUCCEEDED" })).items).toEqual([]);
    expect(await sdk.getUser({ userId: "alice" })).not.toHaveProperty("email");
  });

  it("T17: an address that is not the user's proves nothing for them, and changes nothing", async () => {
    await harness.sdk.updateUser({ userId: "alice", attributes: { email: "real@bank.example" } });
    expect(await refusal(claim(await verified()))).toMatchObject({ status: 403 });
    expect(await harness.sdk.getUser({ userId: "alice" })).toMatchObject({
      email: "real@bank.example",
      emailVerified: false,
    });
  });

  describe("T17: of an action that accepts e-mail codes alone", () => {
    const actions = {
      "read-mail": { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] },
      pay: { defaultOutcome: "CHALLENGE" },
    } as const;

    beforeEach(async () => {
      await harness.close();
      harness = await createHarness({ engine: { policy: { actions } } });
    });

    it.each([
      ["an app, which the action does not accept", () => enrollApp(harness, "alice")],
      [
        "recovery codes alone",
        async () => {
          const { authenticators, challenges } = harness.engine;
          const { token } = await harness.sdk.track({ userId: "alice", action: "pay" });
          const { secret = "" } = await challenges.enroll(token, "AUTHENTICATOR_APP", {});
          await challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, harness.clock.now()));
          const all = await authenticators.list("alice");
          const app = all.find((one) => one.verificationMethod === "AUTHENTICATOR_APP");
          await authenticators.remove("alice", app?.userAuthenticatorId ?? "");
          expect(await authenticators.list("alice")).toMatchObject([{ verificationMethod: "RECOVERY_CODE" }]);
        },
      ],
      ["another mailbox", () => enrollMailbox("alice@bank.example")],
    ])("a stranger's mailbox proves nothing for a user who has %s", async (_name, enroll) => {
      await enroll();
      const challengeId = await verified({ action: "read-mail", email: "mallory@evil.example" });
      expect(await refusal(claim(challengeId))).toMatchObject({ status: 403 });
      const approved = { codes: ["read-mail"], state: "CHALLENGE_SUCCEEDED" } as const;
      expect((await harness.engine.actions.query(approved)).items).toEqual([]);
      expect(await harness.sdk.getUser({ userId: "alice" })).not.toHaveProperty("email");
    });

    it("a user's own mailbox does beside an app, though the backend has never told it", async () => {
      await enrollApp(harness, "alice");
      await enrollMailbox("alice@bank.example");
      const challengeId = await verified({ action: "read-mail", email: "alice@bank.example" });
      expect(await claim(challengeId)).toMatchObject({ verificationMethod: "EMAIL_OTP" });
    });

    async function enrollMailbox(email: string): Promise<void> {
      await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email });
    }
  });

  it("T2: its token is good for its own user and action only, and for five minutes", async () => {
    const { sdk, clock } = harness;
    const { token } = await claim(await verified());
    for (const other of [{ userId: "mallory" }, { action: "sign-in" }]) {
      expect(await sdk.validateChallenge({ token, ...other })).toEqual({ isValid: false, error: "invalid_token" });
    }
    const forged = `${token.slice(0, -9)}${token.at(-9) === "A" ? "B" : "A"}${token.slice(-8)}`;
    expect(await sdk.validateChallenge({ token: forged })).toEqual({ isValid: false, error: "invalid_token" });
    // Another last character of the same signature, and what decoders overlook.
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = [...Array.from(last, (one) => token.slice(0, -1) + one), `${token}=`, `${token} `, ` ${token}`];
    for (const other of spellings.filter((one) => one !== token)) {
      expect([other, (await sdk.validateChallenge({ token: other })).isValid]).toEqual([other, false]);
    }
    clock.advance(6 * minute);
    expect(await sdk.validateChallenge({ token })).toEqual({ isValid: false, error: "expired_token" });
  });

  it.each([
    ["tenant", { tenantId: "other-bank" }],
    ["secret", { apiSecrets: ["another-server-api-secret", "a-server-api-secret"] }],
  ])("T3: its token is worth nothing to a server of another %s", async (what, server) => {
    const { token } = await claim(await verified());
    const other = await createHarness({ store: harness.store, server });
    // The secret that made it is still accepted there, though it is not the first any more.
    const isValid = what === "secret";
    expect((await other.sdk.validateChallenge({ token })).isValid).toBe(isValid);
    await other.close();
  });

  it("T17: an address that nobody knows does not stand in for a user's authenticator", async () => {
    const { sdk } = harness;
    await enrollApp(harness, "alice");
    const attributes = { challengeId: await verified() };
    const { state } = await sdk.track({ userId: "alice", action: "withdraw-funds", attributes });
    expect(state).toBe("CHALLENGE_REQUIRED");
  });

  it("completes an action that is tracked with its challengeId, once", async () => {
    const { sdk } = harness;
    await enrollApp(harness, "alice");
    await sdk.updateUser({ userId: "alice", attributes: { email } });
    const challengeId = await verified();
    const track = () => sdk.track({ userId: "alice", action: "withdraw-funds", attributes: { challengeId } });
    const { state, token } = await track();
    expect(state).toBe("CHALLENGE_SUCCEEDED");
    expect(await sdk.validateChallenge({ token })).toMatchObject({ isValid: true, userId: "alice" });
    expect(await refusal(track())).toMatchObject({ status: 401, code: "unauthorized" });
  });

  it("leaves the engine's own result tokens as good as they are", async () => {
    const { sdk } = harness;
    await enrollApp(harness, "alice");
    const { token } = await sdk.track({ userId: "alice", action: "withdraw-funds" });
    const validated = await sdk.validateChallenge({ token: await completeChallenge(harness, token) });
    expect(validated).toMatchObject({ isValid: true, userId: "alice", verificationMethod: "AUTHENTICATOR_APP" });
  });

  it("refuses a challengeId of another action, another user, or one not verified, before anything is tracked", async () => {
    const { sdk, engine } = harness;
    const others = [await verified({ action: "sign-in" }), await verified({ userId: "bob" }), "unknown"];
    for (const challengeId of [...others, (await begin()).challengeId]) {
      const call = sdk.track({ userId: "alice", action: "withdraw-funds", attributes: { challengeId } });
      expect((await refusal(call)).status).toBe(401);
    }
    expect((await engine.actions.query()).items).toEqual([]);
  });
});

describe("getChallenge, by the official SDK", () => {
  it("finds a challenge by its id, and a user's last one by user and action", async () => {
    const { sdk } = harness;
    const { challengeId: before } = await begin({ userId: "alice" });
    const { challengeId, expiresAt } = await begin({ userId: "alice" });
    for (const other of [{ userId: "bob" }, { userId: "alice", action: "sign-in" }]) await begin(other);
    const found = { challengeId, expiresAt, verificationMethod: "EMAIL_OTP", email, action: "withdraw-funds" };
    expect(await sdk.getChallenge({ challengeId })).toEqual(found);
    expect(await sdk.getChallenge({ userId: "alice", action: "withdraw-funds" })).toEqual(found);
    const other = { userId: "alice", action: "withdraw-funds", verificationMethod: VerificationMethod.SMS };
    expect((await refusal(sdk.getChallenge(other))).status).toBe(401);
    // The last one has taken the place of the one before.
    expect((await refusal(sdk.getChallenge({ challengeId: before }))).status).toBe(401);
    expect((await refusal(sdk.challenge({ challengeId: before } as never))).status).toBe(400);
  });

  it("asks the store for no id that is none of a challenge", async () => {
    const findChallenge = () => Promise.reject(new Error("the store was asked"));
    const strict = await createHarness({ store: { ...createMemoryStore(), findChallenge } });
    for (const challengeId of ["x".repeat(64), `${"x".repeat(64)}\0`]) {
      expect((await refusal(strict.sdk.getChallenge({ challengeId }))).status).toBe(401);
    }
    await strict.close();
  });

  it("answers 401 for one that is unknown, claimed or expired", async () => {
    const { sdk, clock } = harness;
    const claimed = await verified();
    expect(await sdk.getChallenge({ challengeId: claimed })).toMatchObject({ challengeId: claimed });
    await sdk.claimChallenge({ challengeId: claimed, userId: "alice" });
    const { challengeId: expired } = await begin();
    clock.advance(5 * minute);
    for (const challengeId of [claimed, expired, "unknown"]) {
      expect(await refusal(sdk.getChallenge({ challengeId }))).toMatchObject({ status: 401, code: "unauthorized" });
    }
  });

  it("wants to know which", async () => {
    expect((await refusal(harness.sdk.getChallenge({}))).status).toBe(400);
    expect((await refusal(harness.sdk.getChallenge({ userId: "alice" }))).status).toBe(400);
  });
});

describe("what is not there", () => {
  it("S18: says that WhatsApp is not offered where nothing sends it", async () => {
    for (const whatsApp of [{ verificationMethod: "WHATSAPP" as never }, { smsChannel: SmsChannel.WHATSAPP }]) {
      const phoneNumber = "+6421000000";
      const call = begin({ verificationMethod: VerificationMethod.SMS, email: undefined, phoneNumber, ...whatsApp });
      expect(await refusal(call)).toMatchObject({ status: 400, code: "not_supported" });
    }
  });

  it.each([{ store: undefined }, { delivery: undefined }, { delivery: {} }])("says so without %j", async (missing) => {
    const server = Object.fromEntries(Object.entries(missing));
    const bare = await createHarness({ server });
    const { status, json } = await bare.call("POST", "/challenge", { action: "sign-in", email });
    expect([status, json.errorCode]).toEqual([400, "not_supported"]);
    await bare.close();
  });
});

it('S4: with firstFactor: "before", an address is the one that was enrolled, however it is written', async () => {
  const strictPolicy: Policy = { actions: { pay: { defaultOutcome: "CHALLENGE", firstFactor: "before" } } };
  const served = await createHarness({ engine: { policy: strictPolicy } });
  try {
    const { sdk, engine, messages } = served;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email });
    const claim = async (address: string) => {
      const { challengeId } = await sdk.challenge({ verificationMethod: EMAIL_OTP, action: "pay", email: address });
      await sdk.verify({ challengeId, verificationCode: messages.at(-1)?.code ?? "" });
      return sdk.claimChallenge({ challengeId, userId: "alice" });
    };
    expect((await claim("Alice@BANK.example")).verificationMethod).toBe("EMAIL_OTP");
    expect((await refusal(claim("alice@mail.example"))).code).toBe("verification_method_not_allowed");
  } finally {
    await served.close();
  }
});

describe("S18: codes by WhatsApp", () => {
  const phoneNumber = "+6421000000";
  let whatsApp: Harness;
  beforeEach(async () => {
    const messages: Harness["messages"] = [];
    const delivery = { sendWhatsApp: (message: (typeof messages)[number]) => void messages.push(message) };
    whatsApp = { ...(await createHarness({ engine: { delivery }, server: { delivery } })), messages };
  });
  afterEach(() => whatsApp.close());

  it.each([
    [{ verificationMethod: "WHATSAPP" as never }],
    [{ verificationMethod: VerificationMethod.SMS as never, smsChannel: SmsChannel.WHATSAPP }],
    [{ smsChannel: SmsChannel.WHATSAPP }],
  ])("are begun by the official SDK with %j, verified and claimed", async (asked) => {
    const { sdk, messages } = whatsApp;
    const { challengeId } = await sdk.challenge({ action: "withdraw-funds", phoneNumber, ...asked } as never);
    expect(messages).toEqual([expect.objectContaining({ to: phoneNumber, code: expect.stringMatching(/^\d{6}$/) })]);
    expect(await sdk.getChallenge({ challengeId })).toMatchObject({
      verificationMethod: "WHATSAPP",
      smsChannel: "WHATSAPP",
      phoneNumber,
    });
    const verificationCode = messages.at(-1)?.code ?? "";
    expect(await sdk.verify({ challengeId, verificationCode })).toEqual({
      isVerified: true,
      phoneNumber,
      verificationMethod: "WHATSAPP",
    });
    const { token } = await sdk.claimChallenge({ challengeId, userId: "alice" });
    expect(await sdk.validateChallenge({ token })).toMatchObject({ isValid: true, verificationMethod: "WHATSAPP" });
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ phoneNumber, phoneNumberVerified: true });
  });

  it("complete a challenge over the Client API, for an authenticator and for a number of the backend's", async () => {
    const { sdk, messages, origin } = whatsApp;
    const client = async (path: string, token: string, body: object) =>
      (await send(`${origin}/v1/client/${path}/whatsapp`, "POST", body, { authorization: `Bearer ${token}` })).json;
    await sdk.enrollVerifiedAuthenticator({
      userId: "bob",
      attributes: { verificationMethod: "WHATSAPP" as never, phoneNumber },
    });
    for (const userId of ["alice", "bob"]) {
      const attributes = userId === "alice" ? { phoneNumber: "+6421000001" } : {};
      const { token } = await sdk.track({ userId, action: "withdraw-funds", attributes });
      expect(await client("challenge", token, {})).toEqual({ challengeId: expect.any(String) });
      const code = messages.at(-1)?.code ?? "";
      expect(await client("verify", token, { verificationCode: otherThan(code) })).toMatchObject({ isVerified: false });
      const { accessToken } = await client("verify", token, { verificationCode: code });
      expect(await sdk.validateChallenge({ token: accessToken })).toMatchObject({
        isValid: true,
        verificationMethod: "WHATSAPP",
      });
      const [own] = await sdk.getAuthenticators({ userId });
      expect(own?.verificationMethod).toBe("WHATSAPP");
    }
  });

  it("go with a verified change of the number, and the old one is void", async () => {
    const { sdk, engine } = whatsApp;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "WHATSAPP", phoneNumber });
    await sdk.updateUser({ userId: "alice", attributes: { phoneNumber: "+6421000002", phoneNumberVerified: true } });
    expect(await sdk.getAuthenticators({ userId: "alice" })).toMatchObject([
      { verificationMethod: "WHATSAPP", phoneNumber: "+6421000002" },
    ]);
  });

  it("are refused for a channel that is none", async () => {
    const call = whatsApp.call("POST", "/challenge", { action: "sign-in", phoneNumber, smsChannel: "SIGNAL" });
    expect((await call).status).toBe(400);
    expect(whatsApp.messages).toEqual([]);
  });

  it("T20, T59: share the attempts and the sends of a number with SMS", async () => {
    const messages: Harness["messages"] = [];
    const keep = (message: (typeof messages)[number]): void => void messages.push(message);
    const delivery = { sendSms: keep, sendWhatsApp: keep };
    const both = await createHarness({ engine: { delivery }, server: { delivery } });
    try {
      const ask = (verificationMethod: string) =>
        both.sdk.challenge({ verificationMethod: verificationMethod as never, action: "withdraw-funds", phoneNumber });
      const guess = async (method: string, times: number): Promise<unknown> => {
        const { challengeId } = await ask(method);
        const verificationCode = otherThan(messages.at(-1)?.code ?? "");
        let answer: unknown;
        for (let time = 0; time < times; time++) answer = await both.sdk.verify({ challengeId, verificationCode });
        return answer;
      };
      expect(await guess("SMS", 5)).toMatchObject({ failureReason: "CODE_INVALID_OR_EXPIRED" });
      expect(await guess("WHATSAPP", 1)).toMatchObject({ failureReason: "MAX_ATTEMPTS_EXCEEDED" });
      for (const method of ["SMS", "WHATSAPP", "SMS"]) await ask(method);
      for (const method of ["SMS", "WHATSAPP"]) expect(await refusal(ask(method))).toMatchObject({ status: 429 });
    } finally {
      await both.close();
    }
  });
});
