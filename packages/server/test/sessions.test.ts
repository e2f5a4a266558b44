import { VerificationMethod } from "@authsignal/node";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  apiSecret,
  basic,
  completeChallenge,
  createHarness,
  enrollApp,
  type Harness,
  minute,
  policy,
  refusal,
  send,
  tenantId,
} from "./harness.ts";

const clientId = "46e10ac5-cb9c-458f-ad86-0f698f67b365";
const hour = 60 * minute;
const invalid = { status: 401, code: "unauthorized" };
let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
  await enrollApp(harness, "alice");
});
afterEach(() => harness.close());

/** The result token of a completed challenge. */
async function approve(userId = "alice"): Promise<string> {
  const { token } = await harness.sdk.track({ userId, action: "withdraw-funds", attributes: {} });
  return completeChallenge(harness, token);
}

async function begin(userId?: string): Promise<{ accessToken: string; refreshToken: string }> {
  return harness.sdk.createSession({ clientId, token: await approve(userId) });
}

const validate = (accessToken: string, clientIds?: string[]) =>
  harness.sdk.validateSession({ accessToken, ...(clientIds && { clientIds }) });
const jwksUrl = (tenant = tenantId): string => `${harness.origin}/v1/client/public/${tenant}/.well-known/jwks`;

describe("S15: sessions, by the official SDK", () => {
  it("creates, validates, refreshes and revokes", async () => {
    const { sdk, clock } = harness;
    await sdk.updateUser({ userId: "alice", attributes: { email: "alice@bank.example", emailVerified: true } });
    const first = await begin();
    expect(await validate(first.accessToken, ["other", clientId])).toEqual({
      user: {
        userId: "alice",
        email: "alice@bank.example",
        emailVerified: true,
        phoneNumberVerified: false,
      },
      expiresAt: Math.floor((clock.now() + 10 * minute) / 1000),
      verificationMethod: VerificationMethod.AUTHENTICATOR_APP,
    });
    const second = await sdk.refreshSession({ refreshToken: first.refreshToken });
    expect(await validate(second.accessToken)).toMatchObject({ user: { userId: "alice" } });
    // The tokens of before are void.
    expect(await refusal(validate(first.accessToken))).toMatchObject(invalid);
    await sdk.revokeSession({ accessToken: second.accessToken });
    expect(await refusal(validate(second.accessToken))).toMatchObject(invalid);
    expect(await refusal(sdk.refreshSession({ refreshToken: second.refreshToken }))).toMatchObject(invalid);
    // Signing out twice is no error.
    await sdk.revokeSession({ accessToken: second.accessToken });
  });

  it("are of one of the clients that are listed, and of none where a text stands for a list", async () => {
    const { accessToken } = await begin();
    const { sessions } = harness.engine;
    for (const clientIds of [`${clientId}-admin`, clientId, null, {}]) {
      const validated = sessions.validate({ accessToken, clientIds: clientIds as never });
      await expect(validated).rejects.toMatchObject({ reason: "request_invalid", field: "clientIds" });
    }
    await expect(sessions.validate({ accessToken, clientIds: [] })).rejects.toMatchObject({ reason: "token_invalid" });
  });

  it("name the e-mail address once a code to it has signed the user in, as the mobile example reads it", async () => {
    const { sdk } = harness;
    const user = { userId: "mia", attributes: { email: "mia@bank.example" } };
    await sdk.updateUser(user);
    const { token } = await sdk.track({ userId: "mia", action: "withdraw-funds" });
    const bearer = { authorization: `Bearer ${token}` };
    const call = (path: string, body?: object) => send(`${harness.origin}/v1/client/${path}`, "POST", body, bearer);
    await call("challenge/email-otp");
    expect(await sdk.getUser({ userId: "mia" })).toMatchObject({ emailVerified: false });
    const { json } = await call("verify/email-otp", { verificationCode: harness.messages.at(-1)!.code });
    const session = await sdk.createSession({ clientId, token: json.accessToken });
    expect(decodeJwt(session.accessToken)).toMatchObject({
      sub: "mia",
      email: "mia@bank.example",
      email_verified: true,
    });
    const verified = { email: "mia@bank.example", emailVerified: true, phoneNumberVerified: false };
    expect(await validate(session.accessToken)).toMatchObject({ user: verified });
    expect(await sdk.getUser({ userId: "mia" })).toMatchObject(verified);
    expect(await sdk.queryUsers({ email: "mia@bank.example" })).toMatchObject({ users: [{ emailVerified: true }] });
    // What the application says comes first, and another address is not the one that was proved.
    await sdk.updateUser({ userId: "mia", attributes: { emailVerified: false } });
    expect(await sdk.getUser({ userId: "mia" })).toMatchObject({ emailVerified: false });
    await sdk.track({ userId: "noa", action: "sign-in", attributes: { email: "noa@bank.example" } });
    await sdk.enrollVerifiedAuthenticator({
      userId: "noa",
      attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: "old@bank.example" },
    });
    expect(await sdk.getUser({ userId: "noa" })).toMatchObject({ email: "noa@bank.example", emailVerified: false });
  });

  it("revokes all sessions of a user, and nobody else's", async () => {
    await enrollApp(harness, "bob");
    const [one, two, bobs] = [await begin(), await begin(), await begin("bob")];
    await harness.sdk.revokeUserSessions({ userId: "alice" });
    for (const { accessToken, refreshToken } of [one, two]) {
      expect(await refusal(validate(accessToken))).toMatchObject(invalid);
      expect(await refusal(harness.sdk.refreshSession({ refreshToken }))).toMatchObject(invalid);
    }
    expect(await validate(bobs.accessToken)).toMatchObject({ user: { userId: "bob" } });
    await harness.sdk.revokeUserSessions({ userId: "nobody" });
  });

  it("begins by a claimed code challenge, and lasts when the approval has long ended", async () => {
    const { sdk, messages, clock } = harness;
    const email = "carol@bank.example";
    const EMAIL_OTP = VerificationMethod.EMAIL_OTP as never;
    const { challengeId } = await sdk.challenge({ verificationMethod: EMAIL_OTP, action: "withdraw-funds", email });
    await sdk.verify({ challengeId, verificationCode: messages.at(-1)?.code ?? "" });
    const { token } = await sdk.claimChallenge({ challengeId, userId: "carol" });
    let { accessToken, refreshToken } = await sdk.createSession({ clientId, token, action: "withdraw-funds" });
    expect(decodeJwt(accessToken)).toMatchObject({ sub: "carol", aud: clientId, email });
    clock.advance(23 * hour);
    ({ accessToken, refreshToken } = await sdk.refreshSession({ refreshToken }));
    expect(await validate(accessToken)).toMatchObject({ verificationMethod: "EMAIL_OTP" });
    // A day is all of it, however often it is refreshed.
    clock.advance(hour);
    expect((await refusal(sdk.refreshSession({ refreshToken }))).status).toBe(401);
  });

  it("T5: begins once by an approval, also of many at once, and not again when that has ended", async () => {
    const token = await approve();
    const begun = await Promise.allSettled(
      Array.from({ length: 10 }, () => harness.sdk.createSession({ clientId, token })),
    );
    const [session, ...others] = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(others).toEqual([]);
    await harness.sdk.revokeSession({ accessToken: session?.accessToken ?? "" });
    expect(await refusal(harness.sdk.createSession({ clientId, token }))).toMatchObject(invalid);
  });

  it("T27: begins by results alone, of the action that is named", async () => {
    const { sdk } = harness;
    const { token } = await sdk.track({ userId: "alice", action: "withdraw-funds", attributes: {} });
    const allowed = await sdk.track({ userId: "alice", action: "sign-in", attributes: {} });
    const { accessToken, refreshToken } = await begin();
    for (const other of [token, allowed.token, accessToken, refreshToken, "x", "x".repeat(5_000)]) {
      expect(await refusal(sdk.createSession({ clientId, token: other }))).toMatchObject(invalid);
    }
    const result = await approve();
    expect(await refusal(sdk.createSession({ clientId, token: result, action: "sign-in" }))).toMatchObject(invalid);
    expect(await sdk.createSession({ clientId, token: result, action: "withdraw-funds" })).toBeDefined();
    // And no token of a session is any other kind.
    for (const one of [accessToken, refreshToken]) {
      expect(await sdk.validateChallenge({ token: one })).toMatchObject({ isValid: false });
      const { status } = await harness.call("POST", "/client/challenge/email-otp", undefined, {
        authorization: `Bearer ${one}`,
      });
      expect(status).toBe(401);
    }
    expect(await refusal(validate(refreshToken))).toMatchObject(invalid);
    expect(await refusal(sdk.refreshSession({ refreshToken: accessToken }))).toMatchObject(invalid);
  });

  it("names the action in the profile strict", async () => {
    const strict = await createHarness({ server: { profile: "strict" } });
    try {
      await enrollApp(strict, "alice");
      const { token } = await strict.sdk.track({ userId: "alice", action: "withdraw-funds", attributes: {} });
      const result = await completeChallenge(strict, token);
      expect((await refusal(strict.sdk.createSession({ clientId, token: result }))).status).toBe(400);
      expect(await strict.sdk.createSession({ clientId, token: result, action: "withdraw-funds" })).toBeDefined();
    } finally {
      await strict.close();
    }
  });

  it("T66: ends when the user is deleted", async () => {
    const [session, token] = [await begin(), await approve()];
    await harness.sdk.deleteUser({ userId: "alice" });
    expect(await refusal(validate(session.accessToken))).toMatchObject(invalid);
    expect(await refusal(harness.sdk.refreshSession(session))).toMatchObject(invalid);
    expect(await refusal(harness.sdk.createSession({ clientId, token }))).toMatchObject(invalid);
  });
});

describe("S15: refresh tokens", () => {
  it("end the session when one is used again, with all that came of it", async () => {
    const { sdk, events } = harness;
    const stolen = await begin();
    const second = await sdk.refreshSession(stolen);
    const third = await sdk.refreshSession(second);
    expect(await refusal(sdk.refreshSession(stolen))).toMatchObject(invalid);
    expect(await refusal(validate(third.accessToken))).toMatchObject(invalid);
    expect(await refusal(sdk.refreshSession(third))).toMatchObject(invalid);
    expect(events.filter(({ type }) => type.startsWith("session.")).map(({ type, reason }) => [type, reason])).toEqual([
      ["session.created", undefined],
      ["session.refreshed", undefined],
      ["session.refreshed", undefined],
      ["session.ended", "refresh_token_reused"],
      ["session.refused", "refresh_token_reused"],
      ["session.refused", "session_ended"],
    ]);
  });

  it("are good once, also for many at once: whoever won loses it by the others", async () => {
    const session = await begin();
    const refreshed = await Promise.allSettled(Array.from({ length: 20 }, () => harness.sdk.refreshSession(session)));
    const won = refreshed.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(won.length).toBe(1);
    expect(await refusal(validate(won[0]?.accessToken ?? ""))).toMatchObject(invalid);
    expect(await refusal(harness.sdk.refreshSession({ refreshToken: won[0]?.refreshToken ?? "" }))).toMatchObject(
      invalid,
    );
  });

  it("are void when altered, cut, or made of an access token's claims", async () => {
    const { refreshToken, accessToken } = await begin();
    const [header = "", payload = "", mac = ""] = refreshToken.split(".");
    const claims = { ...decodeJwt(refreshToken), gen: 2 };
    const raised = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${mac}`;
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    for (const one of [raised, none, `${header}.${payload}.`, refreshToken.slice(0, -2), `${refreshToken} `]) {
      expect(await refusal(harness.sdk.refreshSession({ refreshToken: one }))).toMatchObject(invalid);
    }
    // Nobody but a holder of a genuine one ends a session.
    expect(await validate(accessToken)).toBeDefined();
  });
});

describe("S15: access tokens", () => {
  it("are verified by anybody with the public keys", async () => {
    const { accessToken } = await begin();
    const keys = createRemoteJWKSet(new URL(jwksUrl()));
    const { payload, protectedHeader } = await jwtVerify(accessToken, keys, {
      issuer: "https://bank.example",
      audience: clientId,
      subject: "alice",
      typ: "at+jwt",
      currentDate: new Date(harness.clock.now()),
    });
    expect(protectedHeader.alg).toBe("ES256");
    expect(payload["email"]).toBeUndefined();
    const published = await fetch(jwksUrl());
    expect(published.headers.get("cache-control")).toBe("public, max-age=300");
    const { keys: listed } = (await published.json()) as { keys: object[] };
    expect(listed).toEqual([
      {
        kty: "EC",
        crv: "P-256",
        use: "sig",
        alg: "ES256",
        kid: protectedHeader.kid,
        x: expect.any(String),
        y: expect.any(String),
      },
    ]);
  });

  it("keep an address to themselves that nobody has verified", async () => {
    await harness.sdk.updateUser({ userId: "alice", attributes: { email: "alice@bank.example" } });
    expect(decodeJwt((await begin()).accessToken)["email"]).toBeUndefined();
  });

  it("T42: the keys have one path, one method and one tenant", async () => {
    for (const tenant of ["other", "", "BANK", "%00", "bank%2f", "__proto__"]) {
      const { status } = await fetch(jwksUrl(tenant));
      expect([tenant, status]).toEqual([tenant, 404]);
    }
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect((await fetch(jwksUrl(), { method })).status).toBe(405);
    }
    expect((await fetch(`${harness.origin}/v1/public/${tenantId}/.well-known/jwks`)).status).toBe(401);
  });

  it("T27: are ours by signature, algorithm, type, issuer and key", async () => {
    const { accessToken } = await begin();
    const claims = decodeJwt(accessToken);
    const header = { ...decodeProtectedHeader(accessToken), alg: "ES256", typ: "at+jwt" };
    const { keys } = (await (await fetch(jwksUrl())).json()) as { keys: [{ x: string; y: string }] };
    const publicKey = Buffer.from(JSON.stringify(keys[0]));
    // The public key as the secret of a MAC, and one's own key under its name.
    const mac = await new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(publicKey);
    const other = await createHarness({ engine: { secrets: ["another engine secret for tests, 32 bytes"] } });
    try {
      await enrollApp(other, "alice");
      const { token } = await other.sdk.track({ userId: "alice", action: "withdraw-funds", attributes: {} });
      const foreign = await other.sdk.createSession({ clientId, token: await completeChallenge(other, token) });
      const [, payload = "", signature = ""] = accessToken.split(".");
      const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
      const forged = [mac, foreign.accessToken, `${unsigned}.${payload}.`, `${unsigned}.${payload}.${signature}`];
      for (const one of [...forged, accessToken.slice(0, -4), `${accessToken}A`, "a.b.c", ""]) {
        if (one !== "") expect(await refusal(validate(one))).toMatchObject(invalid);
        if (one !== "") expect(await refusal(harness.sdk.revokeSession({ accessToken: one }))).toMatchObject(invalid);
      }
    } finally {
      await other.close();
    }
    expect(await validate(accessToken)).toBeDefined();
  });

  it("are for the client that they were made for", async () => {
    const { accessToken } = await begin();
    for (const clientIds of [["other"], [], [clientId.toUpperCase()]]) {
      expect(await refusal(validate(accessToken, clientIds))).toMatchObject(invalid);
    }
  });

  it("end after ten minutes, and end their session all the same", async () => {
    const { accessToken, refreshToken } = await begin();
    harness.clock.advance(11 * minute);
    expect(await refusal(validate(accessToken))).toMatchObject({ status: 401, code: "expired_token" });
    await harness.sdk.revokeSession({ accessToken });
    expect(await refusal(harness.sdk.refreshSession({ refreshToken }))).toMatchObject(invalid);
  });

  it("outlive the rotation of secrets", async () => {
    const store = createMemoryStore();
    const { clock } = harness;
    const engineOf = (...secrets: string[]): Engine =>
      createEngine({ policy, secrets, issuer: "bank", baseUrl: "https://bank.example", store, clock });
    const [old, recent] = ["an engine secret for tests, 32 bytes long", "a newer engine secret, 32 bytes or longer"];
    const before = engineOf(old);
    const action = { userId: "alice", action: "withdraw-funds", idempotencyKey: "k" };
    await before.track({ ...action, attributes: { idempotencyKey: "k" } }, { signal: new AbortController().signal });
    await before.actions.transition(action, {
      state: "CHALLENGE_SUCCEEDED",
      actor: "backend",
      verificationMethod: "PASSKEY",
    });
    const tokens = await before.sessions.create({ ...action, clientId });
    const rotated = engineOf(recent, old);
    expect(await rotated.sessions.validate(tokens)).toMatchObject({ userId: "alice" });
    const next = await rotated.sessions.refresh(tokens);
    const keys = await rotated.sessions.publicKeys();
    expect(keys).toHaveLength(2);
    await jwtVerify(next.accessToken, createLocalJWKSet({ keys: [...keys] }), { currentDate: new Date(clock.now()) });
    await expect(before.sessions.validate(next)).rejects.toMatchObject({ reason: "token_invalid" });
  });
});

it("needs the secret", async () => {
  const answer = await harness.call(
    "POST",
    "/sessions",
    { clientId, token: "x" },
    { authorization: basic("no-secret-of-ours") },
  );
  expect(answer.status).toBe(401);
  expect(
    (await harness.call("POST", "/sessions", { clientId, token: "x" }, { authorization: basic(apiSecret) })).status,
  ).toBe(401);
});
