import { send } from "@require-action-test/support/send";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness } from "../harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const track = (action: string, attributes = {}) => harness.sdk.track({ userId: "alice", action, attributes });
const enrollMailbox = () =>
  harness.engine.authenticators.enrollVerified("alice", {
    verificationMethod: "EMAIL_OTP",
    email: "alice@bank.example",
  });

/** Calls the Client API as a browser with a token does. */
const client = (method: string, path: string, token: string, body?: object) =>
  send(`${harness.origin}/v1/client/${path}`, method, body, { authorization: `Bearer ${token}` });

describe("POST /client/init", () => {
  it("S9: tells what a challenge can be answered with, as React 0.2.2 needs it to open", async () => {
    await enrollMailbox();
    await enrollApp(harness, "alice");
    const { token } = await track("withdraw-funds");
    const { status, json } = await client("POST", "init", token, {});
    expect([status, json]).toEqual([
      200,
      {
        challengeOptions: {
          token,
          defaultVerificationMethod: "AUTHENTICATOR_APP",
          verificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"],
          user: { email: "a•••@bank.example" },
        },
      },
    ]);
  });

  it("S9: names the methods that the action accepts, and the policy's own choice of them", async () => {
    await enrollMailbox();
    await enrollApp(harness, "alice");
    await harness.engine.reloadPolicy({
      actions: {
        "read-mail": { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] },
        pay: { defaultOutcome: "CHALLENGE", defaultVerificationMethod: "EMAIL_OTP" },
      },
    });
    const methodsOf = async (action: string): Promise<unknown> => {
      const { json } = await client("POST", "init", (await track(action)).token, {});
      const { defaultVerificationMethod, verificationMethods } = json.challengeOptions;
      return [defaultVerificationMethod, verificationMethods];
    };
    expect(await methodsOf("read-mail")).toEqual(["EMAIL_OTP", ["EMAIL_OTP"]]);
    expect(await methodsOf("pay")).toEqual(["EMAIL_OTP", ["AUTHENTICATOR_APP", "EMAIL_OTP"]]);
  });

  it("S9: leaves out what React 0.2.2 has no screen for, or one that shows no number, as it would open an empty one", async () => {
    await harness.close();
    const ignore = (): void => undefined;
    const delivery = { sendEmail: ignore, sendMagicLink: ignore, sendWhatsApp: ignore };
    harness = await createHarness({ engine: { delivery } });
    const enrolWith = async (verificationMethod: string, address: object): Promise<void> => {
      const { status } = await harness.call("POST", "/users/alice/authenticators", { verificationMethod, ...address });
      expect(status).toBe(200);
    };
    const offered = async (): Promise<unknown> => {
      const { json } = await client("POST", "init", (await track("withdraw-funds")).token, {});
      const { defaultVerificationMethod, verificationMethods } = json.challengeOptions;
      return [defaultVerificationMethod, verificationMethods];
    };
    await enrolWith("WHATSAPP", { phoneNumber: "+6421000000" });
    await enrolWith("EMAIL_MAGIC_LINK", { email: "alice@bank.example" });
    expect(await offered()).toEqual([undefined, []]);
    await enrollMailbox();
    expect(await offered()).toEqual(["EMAIL_OTP", ["EMAIL_OTP"]]);
  });

  it("S9, S5: offers the address of a user without any authenticator, and nothing to one without an address", async () => {
    const { token } = await track("withdraw-funds", { email: "alice@bank.example" });
    expect((await client("POST", "init", token, {})).json.challengeOptions).toMatchObject({
      defaultVerificationMethod: "EMAIL_OTP",
      verificationMethods: ["EMAIL_OTP"],
    });
    const bob = await harness.sdk.track({ userId: "bob", action: "withdraw-funds" });
    const { json } = await client("POST", "init", bob.token, {});
    expect(json.challengeOptions).toEqual({ token: bob.token, verificationMethods: [], user: {} });
  });

  it("S9: is refused without a challenge that is open", async () => {
    await enrollApp(harness, "alice");
    const allowed = await track("sign-in");
    expect(await client("POST", "init", allowed.token, {})).toMatchObject({ status: 409 });
    expect(await client("POST", "init", "garbage", {})).toMatchObject({ status: 401 });
    expect(await client("GET", "init", allowed.token)).toMatchObject({ status: 405 });
  });
});

describe("POST /client/challenge/describe", () => {
  it("C49: tells a screen of one's own what the page knows, with masked addresses, and nothing that rules alone see", async () => {
    await enrollMailbox();
    await enrollApp(harness, "alice");
    const custom = { amount: "250.00", payee: "ann" };
    const { token } = await track("withdraw-funds", { custom });
    await client("POST", "challenge/email-otp", token, {});
    const { status, json } = await client("POST", "challenge/describe", token, {});
    expect([status, json]).toEqual([
      200,
      {
        state: "CHALLENGE_REQUIRED",
        action: "withdraw-funds",
        fields: custom,
        verificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"],
        defaultVerificationMethod: "AUTHENTICATOR_APP",
        backupMethods: [],
        enrollableMethods: [],
        user: { email: "a\u2022\u2022\u2022@bank.example" },
        sentCodes: [
          {
            verificationMethod: "EMAIL_OTP",
            purpose: "challenge",
            email: "a\u2022\u2022\u2022@bank.example",
            sentAgoMs: expect.any(Number),
          },
        ],
        expiresInMs: expect.any(Number),
      },
    ]);
  });

  it("offers whoever has none a first method that the action accepts, and nothing to a session alone after that", async () => {
    const { token } = await track("change-password");
    const described = async (of = token): Promise<any> => (await client("POST", "challenge/describe", of, {})).json;
    expect((await described()).enrollableMethods).toEqual(["AUTHENTICATOR_APP"]);
    await enrollApp(harness, "alice");
    expect((await described()).enrollableMethods).toEqual([]);
    const allowed = await track("sign-in", { scope: "add:authenticators" });
    expect(await described(allowed.token)).toMatchObject({ state: "ALLOW", verificationMethods: [] });
    expect((await described(allowed.token)).enrollableMethods).toContain("EMAIL_OTP");
  });

  it("is refused with a result, with garbage, and once the challenge has ended", async () => {
    await enrollApp(harness, "alice");
    const { token } = await track("withdraw-funds");
    await harness.engine.challenges.deny(token);
    expect(await client("POST", "challenge/describe", token, {})).toMatchObject({ status: 409 });
    expect(await client("POST", "challenge/describe", "garbage", {})).toMatchObject({ status: 401 });
  });
});

describe("authenticators", () => {
  it("S14: have masked addresses for browsers, and whole ones for the backend", async () => {
    await enrollMailbox();
    const { token } = await track("withdraw-funds");
    expect((await client("GET", "user-authenticators", token)).json).toMatchObject([
      { verificationMethod: "EMAIL_OTP", email: "a•••@bank.example", isDefault: true },
    ]);
    expect(await harness.sdk.getAuthenticators({ userId: "alice" })).toMatchObject([
      { email: "alice@bank.example", isDefault: true },
    ]);
  });

  it("S14: one is the default, the strongest, and it is the user's, as the suites of Java and Go expect", async () => {
    await enrollMailbox();
    await enrollApp(harness, "alice");
    const all = (await harness.sdk.getAuthenticators({ userId: "alice" })) as unknown as { isDefault: boolean }[];
    expect(all).toMatchObject([
      { verificationMethod: "EMAIL_OTP", isDefault: false },
      { verificationMethod: "AUTHENTICATOR_APP", isDefault: true },
    ]);
    expect(await harness.sdk.getUser({ userId: "alice" })).toMatchObject({
      defaultVerificationMethod: "AUTHENTICATOR_APP",
    });
    expect(await track("withdraw-funds")).toMatchObject({ defaultVerificationMethod: "AUTHENTICATOR_APP" });
  });

  it("S14: recovery codes are no method that is allowed, as the suites of Node and .NET expect", async () => {
    const { allowedVerificationMethods } = await harness.sdk.getUser({ userId: "alice" });
    expect(allowedVerificationMethods).not.toContain("RECOVERY_CODE");
    expect((await track("withdraw-funds")).allowedVerificationMethods).not.toContain("RECOVERY_CODE");
  });
});

it("S14: a verified enrolment has recovery codes, once, as Node's enrollVerifiedAuthenticator returns them", async () => {
  const otpUri = "otpauth://totp/bank:user?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank";
  const body = { verificationMethod: "AUTHENTICATOR_APP", otpUri };
  const first = await harness.call("POST", "/users/alice/authenticators", body);
  expect(first.json).toMatchObject({ authenticator: { isDefault: true }, recoveryCodes: expect.any(Array) });
  const again = await harness.call("POST", "/users/alice/authenticators", body);
  expect(again.json).not.toHaveProperty("recoveryCodes");
  const { token } = await track("withdraw-funds");
  const verificationCode = first.json.recoveryCodes[0];
  expect((await client("POST", "verify/recovery-code", token, { verificationCode })).json).toMatchObject({
    isVerified: true,
  });
  const mail = { verificationMethod: "EMAIL_OTP", email: "bob@bank.example" };
  expect((await harness.call("POST", "/users/bob/authenticators", mail)).json).not.toHaveProperty("recoveryCodes");
});

it("S14: an action has an output, as the suites of Go and Java expect", async () => {
  const { idempotencyKey } = await track("sign-in");
  expect(await harness.sdk.getAction({ userId: "alice", action: "sign-in", idempotencyKey })).toMatchObject({
    output: {},
  });
});

describe("a claimed challenge", () => {
  async function verified(scope?: string): Promise<string> {
    const { json } = await harness.call("POST", "/challenge", {
      verificationMethod: "EMAIL_OTP",
      action: "sign-in",
      email: "alice@bank.example",
      scope,
    });
    const challengeId: string = json.challengeId;
    const verificationCode = harness.messages.at(-1)?.code ?? "";
    await harness.sdk.verify({ challengeId, verificationCode });
    return challengeId;
  }

  it("S14: is 401 the second time, as the suite of Node expects", async () => {
    const challengeId = await verified();
    await harness.sdk.claimChallenge({ challengeId, userId: "alice" });
    expect(await harness.call("POST", "/claim", { challengeId, userId: "alice" })).toMatchObject({
      status: 401,
      json: { errorCode: "unauthorized" },
    });
  });

  it("S3: has a token for the scope that it was begun with, which is no result", async () => {
    const { token } = await harness.sdk.claimChallenge({
      challengeId: await verified("add:authenticators"),
      userId: "alice",
    });
    await enrollApp(harness, "alice");
    const enrolled = await client("POST", "user-authenticators/email-otp", token, { email: "alice@bank.example" });
    expect(enrolled.status).toBe(200);
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state: "ALLOW" });
    const plain = await harness.sdk.claimChallenge({ challengeId: await verified(), userId: "alice" });
    expect((await client("POST", "user-authenticators/totp", plain.token, {})).status).toBe(401);
  });
});

describe("POST /client/verify/{totp,email-otp}", () => {
  it.each(["totp", "email-otp"])(
    "says of a mistyped %s code what it says of a wrong one, and counts none",
    async (segment) => {
      await enrollMailbox();
      await enrollApp(harness, "alice");
      const { token } = await track("withdraw-funds");
      if (segment === "email-otp") await client("POST", "challenge/email-otp", token);
      for (const verificationCode of ["12345", "1234567", "abcdef", "1".repeat(100), "\u2460\u2461", "\ud800"]) {
        for (let times = 0; times < 3; times++) {
          const { status, json } = await client("POST", `verify/${segment}`, token, { verificationCode });
          expect([status, json]).toEqual([200, { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" }]);
        }
      }
      for (const body of [
        {},
        { verificationCode: "" },
        { verificationCode: 123456 },
        { verificationCode: ["123456"] },
      ]) {
        expect((await client("POST", `verify/${segment}`, token, body)).status).toBe(400);
      }
      const malformed = { verificationCode: "12345", resultKeyHash: "x" };
      expect((await client("POST", `verify/${segment}`, token, malformed)).status).toBe(200);
      const own = { verificationCode: "000000", resultKeyHash: "x" };
      const { status, json } = await client("POST", `verify/${segment}`, token, own);
      expect([status, json.field]).toEqual([400, "resultKeyHash"]);
    },
  );
});
