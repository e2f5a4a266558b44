import { codeAt } from "@require-action-test/support/codes";
import { send } from "@require-action-test/support/send";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeChallenge, createHarness, enrollApp, type Harness } from "../harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const track = (action: string, attributes = {}) => harness.sdk.track({ userId: "alice", action, attributes });

/** Calls the Client API as a browser with a token does. */
const client = (path: string, token: string, body: object = {}) =>
  send(`${harness.origin}/v1/client/${path}`, "POST", body, { authorization: `Bearer ${token}` });

describe("the token of an action that was allowed", () => {
  it("S3: adds an authenticator, as createPasskey, addAuthenticator and manageAuthenticators need it", async () => {
    await enrollApp(harness, "alice");
    const { state, token, url } = await track("sign-in", { scope: "add:authenticators" });
    expect([state, url]).toEqual(["ALLOW", expect.stringContaining(`/challenge?token=${token}`)]);
    expect((await client("user-authenticators/email-otp", token, { email: "a@b.example" })).status).toBe(200);
    const verificationCode = harness.messages.at(-1)?.code;
    const { json } = await client("verify/email-otp", token, { verificationCode });
    expect(json).toMatchObject({ isVerified: true, userAuthenticator: { email: "a•••@b.example" } });
    expect(json).not.toHaveProperty("accessToken");
  });

  it("S3: enrols a first authenticator without a scope, and no second one", async () => {
    const { token, isEnrolled } = await track("sign-in");
    expect(isEnrolled).toBe(false);
    expect((await client("user-authenticators/totp", token)).status).toBe(200);
    await enrollApp(harness, "alice");
    const { json, status } = await client("user-authenticators/email-otp", token, { email: "a@b.example" });
    expect([status, json.errorCode]).toEqual([403, "factor_change_forbidden"]);
  });

  it("S3: opens the settings by redirectToSettings", async () => {
    await enrollApp(harness, "alice");
    const { url } = await track("sign-in", { redirectToSettings: true, scope: "read:authenticators" });
    expect(new URL(url).searchParams.get("view")).toBe("settings");
  });

  it("S3, T55: is never valid, nor answers a challenge", async () => {
    await enrollApp(harness, "alice");
    const { token } = await track("sign-in", { scope: "add:authenticators remove:authenticators" });
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state: "ALLOW" });
    const { status, json } = await client("verify/totp", token, { verificationCode: "123456" });
    expect([status, json.errorCode]).toEqual([409, "challenge_not_open"]);
  });

  it("S3: is not there for what is refused or reviewed, whatever the scope", async () => {
    for (const action of ["use-list", "close-account"]) {
      const answer = await track(action, { scope: "add:authenticators", redirectToSettings: true });
      expect(answer).not.toHaveProperty("token");
      expect(answer).not.toHaveProperty("url");
    }
  });
});

describe("a first authenticator", () => {
  it("S4: completes the action that it is enrolled under, as the Cognito sign-up example needs it", async () => {
    const { token, state } = await track("change-password");
    expect(state).toBe("ALLOW");
    const { json: enrolled } = await client("user-authenticators/totp", token);
    const verificationCode = codeAt(enrolled.secret, harness.clock.now());
    const { json } = await client("verify/totp", token, { verificationCode });
    expect(await harness.sdk.validateChallenge({ token: json.accessToken, userId: "alice" })).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      action: "change-password",
    });
  });
});

describe('the profile "strict"', () => {
  beforeEach(async () => {
    await harness.close();
    harness = await createHarness({ server: { profile: "strict" } });
  });

  it("S3: gives an allowed action neither token nor url", async () => {
    const answer = await track("sign-in", { scope: "add:authenticators" });
    expect(answer).toMatchObject({ state: "ALLOW" });
    expect(answer).not.toHaveProperty("token");
    expect(answer).not.toHaveProperty("url");
  });

  it("S3: challenges a user without any authenticator", async () => {
    expect(await track("change-password")).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      isEnrolled: false,
      token: expect.any(String),
    });
  });

  it("completes challenges all the same", async () => {
    await enrollApp(harness, "alice");
    const token = await completeChallenge(harness, (await track("change-password")).token);
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: true });
  });

  it("is not for compat", async () => {
    await expect(createHarness({ server: { profile: "strict", compat: true } })).rejects.toThrow("compat");
  });
});
