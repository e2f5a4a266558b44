import { generateKeyPairSync } from "node:crypto";
import { codeAt, otherThan } from "@require-action-test/support/codes";
import type { Engine } from "@require-action/engine";
import { createClientApi } from "../../src/client-api/index.ts";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, track } from "../../../engine/test/harness.ts";

const origin = "https://app.example";

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string> & Record<string, unknown>;
}

type Call = (
  method: string,
  path: string,
  token?: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Reply>;

function clientOf({ engine }: Pick<Harness, "engine">): Call {
  const api = createClientApi(engine, { tenantId: "bank", allowedOrigins: [origin] });
  return async (method, path, token, body, headers = {}) => {
    const response = await api(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          "content-type": "application/json",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
  };
}

describe("the Client API", () => {
  it("T70: has the public keys of receipts for anybody, and none where there are no receipts", async () => {
    const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const harness = createHarness({ receipts: { keys: [{ ...key, kty: "OKP", kid: "2026" }] } });
    const path = "/public/bank/.well-known/receipts-jwks";
    const reply = await clientOf(harness)("GET", path);
    const { x } = key;
    const published = { kty: "OKP", crv: "Ed25519", x, kid: "2026", alg: "EdDSA", use: "sig" };
    expect([reply.status, reply.body]).toEqual([200, { keys: [published] }]);
    expect(reply.headers.get("cache-control")).toBe("public, max-age=300");
    expect((await clientOf(harness)("GET", path.replace("bank", "other"))).status).toBe(404);
    expect((await clientOf(createHarness())("GET", path)).status).toBe(404);
  });

  it("S4: enrols an authenticator app, which completes the challenge, and then another with it", async () => {
    const harness = createHarness();
    const call = clientOf(harness);
    const { token } = await track(harness.engine, "alice");

    const enrolled = await call("POST", "/user-authenticators/totp", token);
    expect(enrolled.body).toMatchObject({
      userId: "alice",
      uri: expect.stringContaining("otpauth://totp/bank.example:alice"),
    });
    const secret = enrolled.body["secret"] ?? "";
    const activated = await call("POST", "/verify/totp", token, {
      verificationCode: codeAt(secret, harness.clock.now()),
    });
    expect(activated.body).toMatchObject({
      isVerified: true,
      userAuthenticator: { verificationMethod: "AUTHENTICATOR_APP" },
    });
    expect(activated.body).toMatchObject({ accessToken: expect.any(String) });

    harness.clock.advance(30_000);
    const verified = await call("POST", "/verify/totp", (await track(harness.engine, "alice")).token, {
      verificationCode: codeAt(secret, harness.clock.now()),
    });
    expect(verified).toMatchObject({ status: 200, body: { isVerified: true, accessToken: expect.any(String) } });
    expect(verified.body).not.toHaveProperty("error");
  });

  it("enrols an e-mail address, then completes a challenge with it", async () => {
    const harness = createHarness();
    const call = clientOf(harness);
    const { token: first } = await track(harness.engine, "alice");

    await call("POST", "/user-authenticators/email-otp", first, { email: "alice@mail.example" });
    await call("POST", "/verify/email-otp", first, { verificationCode: lastCode(harness) });
    const { token } = await track(harness.engine, "alice");
    const asked = await call("POST", "/challenge/email-otp", token);
    expect(asked.body).toEqual({ challengeId: expect.any(String) });
    const verified = await call("POST", "/verify/email-otp", token, { verificationCode: lastCode(harness) });
    expect(verified.body).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
  });

  it("lists the bearer's authenticators, without anything that could be used", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const { body } = await clientOf(harness)("GET", "/user-authenticators", token);
    expect(body).toHaveLength(2);
    expect(Object.keys((body as unknown as object[])[0] ?? {}).sort()).toEqual([
      "createdAt",
      "isDefault",
      "userAuthenticatorId",
      "userId",
      "verificationMethod",
      "verifiedAt",
    ]);
  });

  it("answers a wrong code with isVerified false, and no error key", async () => {
    const harness = createHarness();
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const wrong = otherThan(codeAt(secret, harness.clock.now()));
    await expect(clientOf(harness)("POST", "/verify/totp", token, { verificationCode: wrong })).resolves.toMatchObject({
      status: 200,
      body: { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" },
    });
  });

  it("T20: answers 429 with Retry-After when the attempts are used up", async () => {
    const harness = createHarness();
    const call = clientOf(harness);
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const verificationCode = otherThan(codeAt(secret, harness.clock.now()));
    for (let guess = 0; guess < 5; guess++) await call("POST", "/verify/totp", token, { verificationCode });
    const { status, headers, body } = await call("POST", "/verify/totp", token, { verificationCode });
    expect({ status, error: body["error"] }).toEqual({ status: 429, error: "too_many_requests" });
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it.each([
    ["no credentials", undefined, 401, "unauthorized"],
    ["garbage", "garbage", 401, "unauthorized"],
    ["a token of five parts", "a.b.c.d.e", 401, "unauthorized"],
    ["a token over 4096 bytes", "a".repeat(4097), 401, "unauthorized"],
  ])("T29: answers %s with an error in Authsignal's shape", async (_name, token, status, errorCode) => {
    const reply = await clientOf(createHarness())("POST", "/verify/totp", token, { verificationCode: "000000" });
    expect(reply).toMatchObject({
      status,
      body: { error: errorCode, errorCode, errorDescription: expect.any(String) },
    });
    expect(reply.headers.get("cache-control")).toBe("no-store");
  });

  it("tells the browser SDK that a token has expired", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    harness.clock.advance(11 * 60_000);
    await expect(clientOf(harness)("GET", "/user-authenticators", token)).resolves.toMatchObject({
      status: 401,
      body: { errorCode: "expired_token" },
    });
  });

  it.each([btoa("bank"), btoa("bank:"), btoa("stranger"), "%%%"])(
    "opens nothing to the tenant %j alone",
    async (basic) => {
      const reply = await clientOf(createHarness())("GET", "/user-authenticators", undefined, undefined, {
        authorization: `Basic ${basic}`,
      });
      expect(reply).toMatchObject({ status: 401, body: { errorCode: "unauthorized" } });
    },
  );

  it("T42: refuses two tokens in one request", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    const reply = await clientOf(harness)("GET", "/user-authenticators", undefined, undefined, {
      authorization: `Bearer ${token}, Bearer ${token}`,
    });
    expect(reply.status).toBe(401);
  });

  it.each([
    ["PUT", "/verify/totp", 405],
    ["GET", "/verify/totp", 405],
    ["HEAD", "/user-authenticators", 405],
    ["POST", "/verify/sms", 400],
    ["POST", "/verify/telegram", 404],
    ["POST", "//verify/totp", 400],
    ["POST", "/verify/totp/", 404],
    ["POST", "/verify/%74otp", 404],
    ["DELETE", "/user-authenticators/%E0%A4%A", 400],
    ["GET", "/constructor", 404],
  ])("answers %s %s with %i", async (method, path, status) => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    await expect(clientOf(harness)(method, path, token)).resolves.toMatchObject({ status });
  });

  it.each([
    ["malformed JSON", "{"],
    ["an array", "[]"],
    ["a string", '"123456"'],
    ["null", "null"],
    ["a number as code", '{"verificationCode":123456}'],
    ["no code", "{}"],
    ["nothing", ""],
    ["a list of codes", '{"verificationCode":["123456"]}'],
    ["a polluting code", '{"__proto__":{"verificationCode":"123456"}}'],
    ["T56: two codes", '{"verificationCode":"123456","verificationCode":"654321"}'],
    ["T56: a code twice", '{"verificationCode":"123456","verification\\u0043ode":"123456"}'],
    ["a depth of 10,000", `{"verificationCode":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
  ])("answers %s with 400, and counts no attempt", async (_name, body) => {
    const harness = createHarness();
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const call = clientOf(harness);
    for (let again = 0; again < 6; again++) {
      await expect(call("POST", "/verify/totp", token, body)).resolves.toMatchObject({ status: 400 });
    }
    const verificationCode = codeAt(secret, harness.clock.now());
    await expect(call("POST", "/verify/totp", token, { verificationCode })).resolves.toMatchObject({
      body: { isVerified: true },
    });
  });

  it("answers an oversized body with 413", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    const reply = await clientOf(harness)("POST", "/verify/totp", token, `"${"x".repeat(70_000)}"`);
    expect(reply.status).toBe(413);
  });

  it("answers 500 without a word of what went wrong inside", async () => {
    const { engine: whole } = createHarness();
    const authenticators = (): Promise<never> => Promise.reject(new Error("canary"));
    const engine: Engine = { ...whole, challenges: { ...whole.challenges, authenticators } };
    const reply = await clientOf({ engine })("GET", "/user-authenticators", "token");
    expect(reply.status).toBe(500);
    expect(JSON.stringify(reply.body)).not.toContain("canary");
  });
});

describe("CORS", () => {
  it("names an allowed origin, and no other", async () => {
    const call = clientOf(createHarness());
    const allowed = await call("GET", "/user-authenticators", "x", undefined, { origin });
    expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
    for (const stranger of ["https://app.example.evil", "http://app.example", "null", "https://APP.example"]) {
      const { headers } = await call("GET", "/user-authenticators", "x", undefined, { origin: stranger });
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toBe("Origin");
    }
  });

  it("answers a preflight without asking for a token", async () => {
    const { status, headers } = await clientOf(createHarness())("OPTIONS", "/verify/totp", undefined, undefined, {
      origin,
      "access-control-request-method": "POST",
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-headers")).toContain("authorization");
  });

  it.each(["traceparent", "tracestate", "baggage", "sentry-trace"])(
    "C11: lets a page's tracing send %s, unless other headers are named",
    async (header) => {
      const preflight = async (options: object): Promise<string> => {
        const api = createClientApi(createHarness().engine, { tenantId: "bank", allowedOrigins: [origin], ...options });
        const headers = { origin, "access-control-request-method": "POST", "access-control-request-headers": header };
        const answer = await api(new Request("http://localhost/verify/totp", { method: "OPTIONS", headers }));
        return answer.headers.get("access-control-allow-headers") ?? "";
      };
      expect(await preflight({})).toContain(header);
      expect(await preflight({ allowedHeaders: [] })).not.toContain(header);
      const named = await preflight({ allowedHeaders: ["x-page"] });
      expect(named).toContain("x-page");
      expect(named).toContain("authorization");
    },
  );

  it.each(["", "a b", "x:y", "a,b", "x\r\ny"])("C11: refuses %j as the name of a header", (one) => {
    const { engine } = createHarness();
    expect(() => createClientApi(engine, { tenantId: "bank", allowedHeaders: [one] })).toThrow("allowedHeaders[0]");
  });

  it.each(["capacitor://localhost", "ionic://localhost"])("lets pages of an application at %s call", async (app) => {
    const api = createClientApi(createHarness().engine, { tenantId: "bank", allowedOrigins: [app] });
    const headers = { origin: app, "access-control-request-method": "POST" };
    const answer = await api(new Request("http://localhost/verify/totp", { method: "OPTIONS", headers }));
    expect(answer.headers.get("access-control-allow-origin")).toBe(app);
  });

  it.each(["*", "https://app.example/", "app.example", "", "null", "file://"])("refuses %j as an origin", (one) => {
    const { engine } = createHarness();
    expect(() => createClientApi(engine, { tenantId: "bank", allowedOrigins: [one] })).toThrow("allowedOrigins[0]");
  });
});
