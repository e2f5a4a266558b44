import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeChallenge, createHarness, enrollApp, type Harness, refusal, sharedSecret } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const alice = {
  email: "alice@bank.example",
  emailVerified: true,
  phoneNumber: "+6421000000",
  phoneNumberVerified: false,
  username: "alice",
  displayName: "Alice",
};

describe("users, by the official SDK", () => {
  it("knows of a user it never heard of that they are not enrolled", async () => {
    expect(await harness.sdk.getUser({ userId: "nobody" })).toEqual({
      isEnrolled: false,
      emailVerified: false,
      phoneNumberVerified: false,
      enrolledVerificationMethods: [],
      allowedVerificationMethods: harness.engine.verificationMethods
        .map(({ name }) => name)
        .filter((name) => name !== "RECOVERY_CODE"),
    });
  });

  it("updates a user in part, tells the outcome, and finds it again", async () => {
    const { sdk } = harness;
    const custom = { vip: true, tier: 3, branch: "north" };
    const attributes = { ...alice, locale: "en-NZ" };
    expect(await sdk.updateUser({ userId: "alice", attributes })).toMatchObject(attributes);
    await sdk.updateUser({ userId: "alice", attributes: { displayName: "Alice A.", custom } });
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ ...attributes, displayName: "Alice A.", custom });
  });

  it("passes over what is no attribute, as Authsignal does", async () => {
    const { status } = await harness.call("PATCH", "/users/alice", { shoeSize: 42, userId: "bob", createdAt: 0 });
    expect(status).toBe(200);
    expect((await harness.engine.users.find("alice"))?.createdAt).toBe(harness.clock.now());
    expect(await harness.engine.users.find("bob")).toBeUndefined();
  });

  it("takes an attribute away by null", async () => {
    await harness.sdk.updateUser({ userId: "alice", attributes: alice });
    await harness.call("PATCH", "/users/alice", { email: null });
    expect(await harness.sdk.getUser({ userId: "alice" })).not.toHaveProperty("email");
  });

  it("tells what a user is enrolled with; recovery codes are a backup and no enrolment", async () => {
    await enrollApp(harness, "alice");
    expect(await harness.sdk.getUser({ userId: "alice" })).toMatchObject({
      isEnrolled: true,
      enrolledVerificationMethods: ["AUTHENTICATOR_APP"],
    });
  });

  it("finds users by address, number and name, page by page", async () => {
    const { sdk } = harness;
    for (const userId of ["a", "b", "c"]) {
      await sdk.updateUser({ userId, attributes: { email: "shared@bank.example", username: userId } });
    }
    expect((await sdk.queryUsers({ username: "b" })).users).toEqual([
      {
        userId: "b",
        email: "shared@bank.example",
        emailVerified: false,
        phoneNumberVerified: false,
        username: "b",
      },
    ]);
    const first = await sdk.queryUsers({ email: "shared@bank.example", limit: 2 });
    expect(first.users.map(({ userId }) => userId)).toEqual(["a", "b"]);
    const { lastEvaluatedUserId = "" } = first;
    const second = await sdk.queryUsers({ email: "shared@bank.example", limit: 2, lastEvaluatedUserId });
    expect(second).toEqual({ users: [expect.objectContaining({ userId: "c" })] });
    expect((await sdk.queryUsers({ phoneNumber: "+6421000000" })).users).toEqual([]);
  });

  it("wants something to look for, and looks for no ID token", async () => {
    expect(await refusal(harness.sdk.queryUsers({}))).toMatchObject({ status: 400, code: "invalid_request" });
    expect(await refusal(harness.sdk.queryUsers({ token: "x" }))).toMatchObject({ status: 400, code: "not_supported" });
  });

  it("T42: refuses a parameter that is given twice", async () => {
    for (const query of ["username=a&username=b", "username=a&limit=1&limit=2"]) {
      expect((await harness.call("GET", `/users?${query}`)).status).toBe(400);
    }
  });

  it("deletes a user with all authenticators, and one who is not there", async () => {
    const { sdk } = harness;
    await enrollApp(harness, "alice");
    await sdk.deleteUser({ userId: "alice" });
    await sdk.deleteUser({ userId: "nobody" });
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ isEnrolled: false });
    expect((await harness.call("DELETE", "/users/nobody")).json).toEqual({ success: true });
  });
});

describe("authenticators, by the official SDK", () => {
  it("enrols what the backend has verified, lists it, and takes it away", async () => {
    const { sdk } = harness;
    const email = "alice@bank.example";
    const attributes = { verificationMethod: "EMAIL_OTP" as never, email, isDefault: true };
    const { authenticator } = await sdk.enrollVerifiedAuthenticator({ userId: "alice", attributes });
    const { userAuthenticatorId } = authenticator;
    expect(await sdk.getAuthenticators({ userId: "alice" })).toEqual([authenticator]);
    expect(authenticator).toMatchObject({ userId: "alice", verificationMethod: "EMAIL_OTP", email });
    await sdk.deleteAuthenticator({ userId: "alice", userAuthenticatorId });
    expect(await sdk.getAuthenticators({ userId: "alice" })).toEqual([]);
    const again = sdk.deleteAuthenticator({ userId: "alice", userAuthenticatorId });
    expect(await refusal(again)).toMatchObject({ status: 404, code: "not_found" });
  });

  it("enrols an authenticator app by its URI, and shows its secret to nobody", async () => {
    const otpUri = `otpauth://totp/bank:user?secret=${sharedSecret}&issuer=bank`;
    const body = { verificationMethod: "AUTHENTICATOR_APP", otpUri };
    const { status, text } = await harness.call("POST", "/users/alice/authenticators", body);
    expect(status).toBe(200);
    expect(text + (await harness.call("GET", "/users/alice/authenticators")).text).not.toContain(sharedSecret);
  });

  it("T1: takes away nobody else's", async () => {
    await enrollApp(harness, "alice");
    const [authenticator] = await harness.sdk.getAuthenticators({ userId: "alice" });
    const { userAuthenticatorId = "" } = (authenticator as { userAuthenticatorId?: string }) ?? {};
    const call = harness.sdk.deleteAuthenticator({ userId: "mallory", userAuthenticatorId });
    expect((await refusal(call)).status).toBe(404);
    expect(await harness.sdk.getAuthenticators({ userId: "alice" })).toHaveLength(1);
  });

  it("refuses a method that it does not have", async () => {
    const { status, json } = await harness.call("POST", "/users/alice/authenticators", {
      verificationMethod: "VERIFF",
    });
    expect([status, json.errorCode]).toEqual([400, "not_supported"]);
  });
});

describe("devices", () => {
  it("lists, remembers, forgets and invalidates a device", async () => {
    const { call, sdk } = harness;
    await enrollApp(harness, "alice");
    const attributes = { deviceId: "phone 1" };
    const { token } = await sdk.track({ userId: "alice", action: "change-password", attributes });
    await completeChallenge(harness, token);
    const path = "/users/alice/devices/phone%201";
    const until = { rememberedUntil: "2026-02-01T00:00:00.000Z" };
    expect((await call("GET", "/users/alice/devices")).json).toEqual([
      {
        userId: "alice",
        deviceId: "phone 1",
        createdAt: "2026-01-15T12:00:30.000Z",
        authenticatedAt: "2026-01-15T12:00:30.000Z",
        lastVerificationMethod: "AUTHENTICATOR_APP",
      },
    ]);
    expect((await call("PATCH", path, until)).json).toMatchObject(until);
    expect((await call("PATCH", path, { rememberedUntil: null })).json).not.toHaveProperty("rememberedUntil");
    expect((await call("POST", `${path}/invalidate`)).json).toMatchObject({
      invalidatedAt: "2026-01-15T12:00:30.000Z",
    });
    expect((await call("PATCH", "/users/alice/devices/other", until)).status).toBe(404);
  });
});
