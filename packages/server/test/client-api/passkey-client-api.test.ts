import { createMemoryStore } from "@require-action/engine";
import { createServer } from "../../src/index.ts";
import { apiSecret, basic } from "../harness.ts";
import { createClientApi } from "../../src/client-api/index.ts";
import { describe, expect, it } from "vitest";
import { createHarness, type Harness, track } from "../../../engine/test/harness.ts";
import {
  createPasskeyHarness,
  enrollPasskey,
  PASSKEY,
  type PasskeyHarness,
  resultByPasskey,
} from "../../../engine/test/passkey-harness.ts";

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

type Call = (
  method: "GET" | "PATCH" | "POST",
  path: string,
  authorization: string | undefined,
  body?: unknown,
) => Promise<Reply>;

const tenant = `Basic ${btoa("bank")}`;

const chromeOnAndroid =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";

/** The user's passkey over the Server API. */
async function fromBackend({ engine }: Harness, userId: string): Promise<any> {
  const server = createServer(engine, { apiSecrets: [apiSecret], tenantId: "bank", store: createMemoryStore() });
  const headers = { authorization: basic(apiSecret) };
  const response = await server(new Request(`http://localhost/v1/users/${userId}/authenticators`, { headers }));
  const authenticators = (await response.json()) as any[];
  return authenticators.find(({ verificationMethod }) => verificationMethod === PASSKEY);
}

function clientOf({ engine }: Pick<Harness, "engine">, sent: Readonly<Record<string, string>> = {}): Call {
  const api = createClientApi(engine, { tenantId: "bank" });
  return async (method, path, authorization, body) => {
    const response = await api(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          "content-type": "application/json",
          ...sent,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

type Options = { readonly challenge: string; readonly user: { readonly id: string } };

/** Registers as the browser SDK does. */
async function register(
  harness: PasskeyHarness,
  call: Call,
  userId: string,
  given?: string,
): Promise<Reply & { token: string }> {
  const token = given ?? (await track(harness.engine, userId)).token;
  const bearer = `Bearer ${token}`;
  const asked = await call("POST", "/user-authenticators/passkey/registration-options", bearer, { username: userId });
  const { response } = harness.authenticator.create(asked.body["options"] as Options);
  const reply = await call("POST", "/user-authenticators/passkey", bearer, {
    registrationCredential: response,
    conditionalCreate: false,
    challengeId: asked.body["challengeId"],
  });
  return { ...reply, token };
}

describe("passkeys over the Client API", () => {
  it("are registered with a token", async () => {
    const harness = createPasskeyHarness();
    const { status, body } = await register(harness, clientOf(harness), "alice");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      isVerified: true,
      userId: "alice",
      userAuthenticatorId: expect.any(String),
      userAuthenticator: { verificationMethod: PASSKEY, webauthnCredential: { credentialDeviceType: "singleDevice" } },
    });
    expect(body).not.toHaveProperty("error");
    expect(body).toMatchObject({ accessToken: expect.any(String) });
  });

  it("S14: are listed with the browser that enrolled them, taken apart, and for the backend with its device", async () => {
    const harness = createPasskeyHarness();
    const userAgent = `${chromeOnAndroid}${"x".repeat(600)}`;
    const { token } = await track(harness.engine, "alice", "withdraw-funds", {
      deviceId: "device-1",
      userAgent: "what the backend saw",
    });
    await register(harness, clientOf(harness, { "user-agent": userAgent }), "alice", token);
    const { webauthnCredential } = await fromBackend(harness, "alice");
    expect(webauthnCredential).toMatchObject({
      deviceId: "device-1",
      parsedUserAgent: {
        ua: userAgent.slice(0, 512),
        browser: { name: "Chrome", version: "126.0.0.0", major: "126" },
        engine: { name: "Blink" },
        os: { name: "Android", version: "14" },
        device: { type: "mobile" },
      },
    });
    expect(webauthnCredential).not.toHaveProperty("userAgent");
  });

  it("S14: have the description that the backend gave, where the browser gives none, and none that nobody gave", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { userAgent: "okhttp/4.9" });
    await register(harness, call, "alice", token);
    expect((await fromBackend(harness, "alice")).webauthnCredential.parsedUserAgent).toEqual({ ua: "okhttp/4.9" });
    await register(harness, clientOf(harness, { "user-agent": "" }), "bob");
    expect((await fromBackend(harness, "bob")).webauthnCredential.parsedUserAgent).toEqual({ ua: "" });
    await register(harness, call, "carol");
    const { webauthnCredential } = await fromBackend(harness, "carol");
    expect(webauthnCredential).not.toHaveProperty("parsedUserAgent");
    expect(webauthnCredential).not.toHaveProperty("deviceId");
  });

  it("S14: give no bearer the id by which rules know the user's device", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness, { "user-agent": chromeOnAndroid });
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { deviceId: "device-1" });
    const registered = await register(harness, call, "alice", token);
    const listed = await call("GET", "/user-authenticators", `Bearer ${registered.body["accessToken"] as string}`);
    expect((await fromBackend(harness, "alice")).webauthnCredential.deviceId).toBe("device-1");
    for (const { status, body } of [registered, listed]) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain('"Chrome"');
      expect(JSON.stringify(body)).not.toContain("device-1");
    }
  });

  it("have a name by what keeps them, until their owner gives them one", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    const bearer = `Bearer ${await resultByPasskey(harness, passkey, "alice")}`;
    const list = async () => (await call("GET", "/user-authenticators", bearer)).body as unknown as any[];
    const [{ userAuthenticatorId, lastVerifiedAt, webauthnCredential }] = await list();
    expect(lastVerifiedAt).toBe(new Date(harness.clock.now()).toISOString());
    expect(webauthnCredential.name).toBe("Passkey");
    const path = `/user-authenticators/${userAuthenticatorId}`;
    await expect(call("PATCH", path, bearer, { name: "My key" })).resolves.toEqual({
      status: 200,
      body: { success: true },
    });
    expect((await list())[0].webauthnCredential.name).toBe("My key");
    for (const body of [{}, { name: "" }, { name: ["x"] }, []]) {
      expect(await call("PATCH", path, bearer, body)).toMatchObject({ status: 400 });
    }
    expect(await call("PATCH", "/user-authenticators/none", bearer, { name: "x" })).toMatchObject({ status: 404 });
    const session = `Bearer ${(await track(harness.engine, "alice")).token}`;
    expect(await call("PATCH", path, session, { name: "x" })).toMatchObject({ status: 403 });
    expect(await call("PATCH", path, undefined, { name: "x" })).toMatchObject({ status: 401 });
  });

  it.each(["", "/web"])("complete the challenge of a token, asked at authentication-options%s", async (suffix) => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    await harness.engine.users.update("alice", { username: "alice1", displayName: "Alice" });
    const bearer = `Bearer ${(await track(harness.engine, "alice")).token}`;
    const asked = await call("POST", `/user-authenticators/passkey/authentication-options${suffix}`, bearer, {});
    expect(asked.body).toMatchObject({
      challengeId: expect.any(String),
      options: { allowCredentials: [{ id: passkey.id }] },
    });
    const verified = await call("POST", "/verify/passkey", bearer, {
      authenticationCredential: passkey.get(asked.body["options"] as Options),
      deviceId: "device-1",
      challengeId: asked.body["challengeId"],
    });
    expect(verified.body).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
      userId: "alice",
      userAuthenticatorId: expect.any(String),
      username: "alice1",
      userDisplayName: "Alice",
    });
  });

  it.each([
    [tenant, ""],
    [`Basic ${btoa("bank:")}`, ""],
    [tenant, "/web"],
  ])("sign in with %s alone, at challenge%s", async (authorization, suffix) => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    const begun = await call("POST", `/challenge${suffix}`, authorization, { action: "sign-in" });
    expect(begun.body).toEqual({ challengeId: expect.any(String) });
    const asked = await call("POST", "/user-authenticators/passkey/authentication-options", authorization, begun.body);
    expect(asked.body).toMatchObject({ challengeId: begun.body["challengeId"], options: { allowCredentials: [] } });
    const answer = {
      authenticationCredential: passkey.get(asked.body["options"] as Options),
      deviceId: "device-1",
      challengeId: asked.body["challengeId"],
    };
    const verified = await call("POST", "/verify/passkey", authorization, answer);
    expect(verified.body).toMatchObject({ isVerified: true, accessToken: expect.any(String), userId: "alice" });
    const again = await call("POST", "/verify/passkey", authorization, answer);
    expect(again).toEqual({ status: 200, body: { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" } });
  });

  it.each([undefined, `Basic ${btoa("stranger")}`, "Basic %%%", "Bearer garbage"])(
    "open nothing to %j",
    async (authorization) => {
      const call = clientOf(createPasskeyHarness());
      for (const path of [
        "/challenge",
        "/user-authenticators/passkey/authentication-options",
        "/user-authenticators/passkey/registration-options",
        "/user-authenticators/passkey",
        "/verify/passkey",
      ]) {
        const { status, body } = await call("POST", path, authorization, { action: "sign-in" });
        expect({ path, status, error: body["error"] }).toEqual({ path, status: 401, error: "unauthorized" });
      }
      expect((await call("GET", "/user-authenticators/passkey?credentialIds=AAAA", authorization)).status).toBe(401);
    },
  );

  it("are not registered by the tenant alone", async () => {
    const call = clientOf(createPasskeyHarness());
    for (const path of ["/user-authenticators/passkey/registration-options", "/user-authenticators/passkey"]) {
      expect((await call("POST", path, tenant, {})).status).toBe(401);
    }
  });

  it("tell whether one of a device's passkeys can be used", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const { id } = await enrollPasskey(harness, "alice");
    await expect(call("GET", `/user-authenticators/passkey?credentialIds=AAAA,${id}`, tenant)).resolves.toEqual({
      status: 200,
      body: { credentialId: id, verifiedAt: expect.any(String) },
    });
    await expect(call("GET", "/user-authenticators/passkey?credentialIds=AAAA", tenant)).resolves.toMatchObject({
      status: 404,
    });
    await expect(call("GET", "/user-authenticators/passkey", tenant)).resolves.toMatchObject({ status: 404 });
  });

  it("S6: complete the tracked action whose key is named, as browser 1.21 needs it", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    const { key } = await track(harness.engine, "alice");
    const { action, idempotencyKey } = key;
    const begun = await call("POST", "/challenge", tenant, { action, idempotencyKey });
    const asked = await call("POST", "/user-authenticators/passkey/authentication-options", tenant, begun.body);
    const verified = await call("POST", "/verify/passkey", tenant, {
      authenticationCredential: passkey.get(asked.body["options"] as Options),
      challengeId: asked.body["challengeId"],
    });
    expect(verified.body).toMatchObject({ isVerified: true, userId: "alice", accessToken: expect.any(String) });
    expect(await harness.engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("sign in without naming an action, as autofill does: the action is sign-in", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    const asked = await call("POST", "/user-authenticators/passkey/authentication-options/web", tenant, {});
    const { body } = await call("POST", "/verify/passkey", tenant, {
      authenticationCredential: passkey.get(asked.body["options"] as Options),
      challengeId: asked.body["challengeId"],
    });
    expect(body).toMatchObject({ isVerified: true, userId: "alice" });
    const token = String(body["accessToken"]);
    expect(await harness.engine.passkeySignIn.validate({ token, action: "sign-in" })).toMatchObject({ isValid: true });
  });

  it("S13: say that a passkey is unknown in Authsignal's word, as browser 1.21 needs it", async () => {
    const harness = createPasskeyHarness();
    const call = clientOf(harness);
    const passkey = await enrollPasskey(harness, "alice");
    await harness.engine.users.delete("alice");
    const asked = await call("POST", "/user-authenticators/passkey/authentication-options", tenant, {});
    const { status, body } = await call("POST", "/verify/passkey", tenant, {
      authenticationCredential: passkey.get(asked.body["options"] as Options),
      challengeId: asked.body["challengeId"],
    });
    expect([status, body]).toMatchObject([400, { error: "unknown_credential", errorCode: "unknown_credential" }]);
  });

  it.each<[path: string, body: unknown, errorCode: string]>([
    ["/challenge", {}, "invalid_request"],
    ["/challenge", { action: "unheard-of" }, "action_unknown"],
    ["/challenge", { action: { $gt: "" } }, "invalid_request"],
    ["/challenge", { action: "sign-in", idempotencyKey: 1 }, "invalid_request"],
    ["/user-authenticators/passkey/authentication-options", { challengeId: ["a"] }, "invalid_request"],
    ["/verify/passkey", {}, "invalid_request"],
    ["/verify/passkey", { authenticationCredential: "x", challengeId: "x" }, "invalid_request"],
  ])("answer POST %s with %j by %s", async (path, body, errorCode) => {
    const reply = await clientOf(createPasskeyHarness())("POST", path, tenant, body);
    expect(reply).toMatchObject({
      status: 400,
      body: { error: errorCode, errorCode, errorDescription: expect.any(String) },
    });
  });
});

describe("methods that are not offered", () => {
  it.each([
    "user-authenticators/passkey/registration-options",
    "user-authenticators/passkey",
    "challenge",
    "verify/passkey",
    "user-authenticators/sms",
    "challenge/sms",
    "verify/sms",
    "challenge/whatsapp",
    "verify/whatsapp",
    "user-authenticators/email-magic-link",
    "challenge/email-magic-link",
    "verify/email-magic-link/finalize",
    "user-authenticators/security-key/registration-options",
    "user-authenticators/security-key/authentication-options",
    "user-authenticators/security-key",
    "verify/security-key",
    "challenge/push",
    "verify/push",
    "challenge/qr-code",
    "verify/qr-code",
    "verify/in-app",
  ])("say so at %s, in a way that the browser SDK passes on", async (path) => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    const { status, body } = await clientOf(harness)("POST", `/${path}`, `Bearer ${token}`);
    expect({ status, ...body }).toEqual({
      status: 400,
      error: "not_supported",
      errorCode: "not_supported",
      errorDescription: expect.stringContaining("not offered here"),
    });
  });

  it("say so for e-mail too, when there is nobody to send it", async () => {
    const harness = createHarness({
      delivery: {},
      policy: { actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } } },
    });
    const { token } = await track(harness.engine, "alice");
    await expect(clientOf(harness)("POST", "/challenge/email-otp", `Bearer ${token}`)).resolves.toMatchObject({
      body: { error: "not_supported" },
    });
  });
});
