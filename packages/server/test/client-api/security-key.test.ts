import { expect, it } from "vitest";
import { createClientApi } from "../../src/client-api/index.ts";
import { never, track } from "../../../engine/test/harness.ts";
import {
  createPasskeyHarness,
  enrollPasskey,
  lastReason,
  type PasskeyHarness,
} from "../../../engine/test/passkey-harness.ts";
import { flag, type SoftwarePasskey } from "@require-action-test/support/software-authenticator";

type Options = { readonly challenge: string; readonly user: { readonly id: string } };

/** Calls the Client API as the browser SDK does: what the browser answers is the whole body. */
function clientOf({ engine }: PasskeyHarness, token: string) {
  const api = createClientApi(engine, { tenantId: "bank" });
  return async (path: string, body: unknown = {}) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await api(new Request(`http://localhost${path}`, init));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

async function enrollKey(harness: PasskeyHarness, userId: string, scope?: string) {
  const { token } = await track(harness.engine, userId, "withdraw-funds", scope === undefined ? {} : { scope });
  const call = clientOf(harness, token ?? "");
  const { body: options } = await call("/user-authenticators/security-key/registration-options");
  const { response, passkey } = harness.authenticator.create(options as unknown as Options);
  return { call, options, response, passkey, token: token ?? "" };
}

async function enrolled(harness: PasskeyHarness, userId = "alice"): Promise<SoftwarePasskey> {
  const { call, response, passkey } = await enrollKey(harness, userId);
  expect((await call("/user-authenticators/security-key", response)).body["isVerified"]).toBe(true);
  return passkey;
}

it("S18: a security key is registered, and completes a challenge", async () => {
  const harness = createPasskeyHarness();
  const { call, options, response, passkey } = await enrollKey(harness, "alice");
  expect(options).toMatchObject({
    authenticatorSelection: {
      authenticatorAttachment: "cross-platform",
      residentKey: "discouraged",
      requireResidentKey: false,
      userVerification: "required",
    },
    attestation: "none",
  });
  const registered = await call("/user-authenticators/security-key", response);
  expect(registered).toMatchObject({
    status: 200,
    body: {
      isVerified: true,
      accessToken: expect.any(String),
      userAuthenticator: { verificationMethod: "SECURITY_KEY", webauthnCredential: { name: "Security key" } },
    },
  });
  const { token } = await track(harness.engine, "alice");
  const ask = clientOf(harness, token ?? "");
  const { body: request } = await ask("/user-authenticators/security-key/authentication-options");
  expect(request).toMatchObject({ allowCredentials: [{ id: passkey.id }], userVerification: "required" });
  const { body } = await ask("/verify/security-key", passkey.get(request as unknown as Options));
  expect(body).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
  const result = { token: String(body["accessToken"]), userId: "alice", action: "withdraw-funds" };
  expect(await harness.engine.validateChallenge(result, never)).toMatchObject({
    isValid: true,
    verificationMethod: "SECURITY_KEY",
  });
  // The answer was of use once.
  expect((await ask("/verify/security-key", passkey.get(request as unknown as Options))).body["isVerified"]).not.toBe(
    true,
  );
});

it("S18, T30: a key that did not verify its user, or was not touched, proves nothing", async () => {
  const harness = createPasskeyHarness();
  for (const flags of [flag.up, flag.uv, 0]) {
    const { call, options } = await enrollKey(harness, "alice");
    const { response } = harness.authenticator.create(options as unknown as Options, { flags: flags | flag.at });
    expect((await call("/user-authenticators/security-key", response)).body["isVerified"]).toBe(false);
  }
  const passkey = await enrolled(harness);
  for (const flags of [flag.up, flag.uv, 0]) {
    const { token } = await track(harness.engine, "alice");
    const ask = clientOf(harness, token ?? "");
    const { body: request } = await ask("/user-authenticators/security-key/authentication-options");
    const answer = passkey.get(request as unknown as Options, { flags });
    expect((await ask("/verify/security-key", answer)).body["isVerified"]).toBe(false);
  }
});

it("S18, T1: another user's key, a passkey, and another site's answer are not it", async () => {
  const harness = createPasskeyHarness();
  await enrolled(harness);
  const bobs = await enrolled(harness, "bob");
  const attempt = async (answer: (request: Options) => unknown) => {
    const { token } = await track(harness.engine, "alice");
    const ask = clientOf(harness, token ?? "");
    const { body: request } = await ask("/user-authenticators/security-key/authentication-options");
    return (await ask("/verify/security-key", answer(request as unknown as Options))).body["isVerified"];
  };
  expect(await attempt((request) => bobs.get(request))).toBe(false);
  const own = await enrolled(createPasskeyHarness());
  expect(await attempt((request) => own.get(request))).toBe(false);
  const { passkey } = harness.authenticator.create({ challenge: "x" });
  expect(await attempt((request) => passkey.get(request))).toBe(false);
});

it("S18: a key is no passkey: it signs nobody in by itself, and is not found by its id", async () => {
  const harness = createPasskeyHarness();
  const key = await enrolled(harness);
  const { challengeId, options } = harness.engine.passkeySignIn.begin("sign-in");
  const answer = key.get(options as never, { userHandle: "aGFuZGxl" });
  await expect(harness.engine.passkeySignIn.complete(challengeId, answer)).rejects.toMatchObject({
    reason: "credential_unknown",
  });
  expect(await harness.engine.passkeySignIn.find([key.id])).toBeUndefined();
  // Nor does a passkey answer for a key.
  const other = createPasskeyHarness();
  const passkey = await enrollPasskey(other, "alice");
  const { token } = await track(other.engine, "alice");
  const asked = await clientOf(other, token ?? "")("/user-authenticators/security-key/authentication-options");
  expect(asked).toMatchObject({ status: 400, body: { errorCode: "authenticator_missing" } });
  const { body } = await clientOf(other, token ?? "")("/verify/security-key", passkey.get({ challenge: "x" }));
  expect(body["isVerified"]).not.toBe(true);
});

it("S18: attestation that was not asked for is refused, with a reason for the operator", async () => {
  const harness = createPasskeyHarness();
  for (const fmt of ["packed", "fido-u2f", "tpm", "android-key", "apple", "android-safetynet"]) {
    const { call, options } = await enrollKey(harness, `user-${fmt}`);
    const attStmt = new Map<string, unknown>([
      ["x5c", [new Uint8Array([1])]],
      ["sig", new Uint8Array([1])],
    ]);
    const { response } = harness.authenticator.create(options as unknown as Options, { fmt, attStmt });
    expect((await call("/user-authenticators/security-key", response)).body["isVerified"]).toBe(false);
    expect([fmt, lastReason(harness)]).toEqual([fmt, "attestation_unsupported"]);
  }
});

it.each(["{", "[]", "7", "null", '{"id":1}', "{}", '{"id":"a","rawId":"a","type":"public-key","response":{}}'])(
  "S18: %s is no answer of a key",
  async (body) => {
    const harness = createPasskeyHarness();
    await enrolled(harness);
    const { token } = await track(harness.engine, "alice");
    for (const path of ["/user-authenticators/security-key", "/verify/security-key"]) {
      const { status, body: answer } = await clientOf(harness, token ?? "")(path, body);
      expect([status, answer["error"]]).toEqual([400, "invalid_request"]);
    }
  },
);

it("S18: no token, no key", async () => {
  const harness = createPasskeyHarness();
  const call = clientOf(harness, "x");
  for (const path of [
    "/user-authenticators/security-key/registration-options",
    "/user-authenticators/security-key",
    "/user-authenticators/security-key/authentication-options",
    "/verify/security-key",
  ]) {
    expect((await call(path, {})).status).toBe(401);
  }
});
