import { codeAt } from "@require-action-test/support/codes";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { appOrigin, createHarness, enrollApp, type Harness, send, sharedSecret, tenantId } from "./harness.ts";

interface Answer {
  readonly data?: { readonly isVerified?: boolean; readonly token?: string; readonly challengeId?: string };
  readonly errorCode?: string;
}

/** What is used of the official browser SDK. */
interface BrowserSdk {
  setToken(token: string): void;
  readonly totp: { verify(request: { readonly code: string }): Promise<Answer> };
  readonly email: { challenge(): Promise<Answer>; verify(request: { readonly code: string }): Promise<Answer> };
}

let harness: Harness;
let browser: BrowserSdk;
beforeAll(async () => {
  harness = await createHarness();
  // Its declarations leave out the file extensions that TypeScript wants of a module.
  const { Authsignal } = (await import("@authsignal/browser")) as unknown as {
    readonly Authsignal: new (options: { readonly tenantId: string; readonly baseUrl: string }) => BrowserSdk;
  };
  // What the SDK reads of a browser before its first request.
  vi.stubGlobal("document", { cookie: "", location: new URL(appOrigin) });
  vi.stubGlobal("window", { location: new URL(appOrigin) });
  browser = new Authsignal({ tenantId, baseUrl: `${harness.origin}/v1` });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await harness.close();
});

async function begin(action: string): Promise<void> {
  const { token } = await harness.sdk.track({ userId: "alice", action });
  browser.setToken(token);
}

describe("the official browser SDK", () => {
  it("answers a challenge with an authenticator app, and the backend validates it", async () => {
    await enrollApp(harness, "alice");
    await begin("change-password");
    harness.clock.advance(30_000);
    const { data, ...failure } = await browser.totp.verify({ code: codeAt(sharedSecret, harness.clock.now()) });
    expect([data?.isVerified, failure]).toEqual([true, {}]);
    const { token = "" } = data ?? {};
    expect(await harness.sdk.validateChallenge({ token, userId: "alice", action: "change-password" })).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
    });
  });

  it("answers a challenge with a code from an e-mail", async () => {
    const attributes = { verificationMethod: "EMAIL_OTP" as never, email: "alice@bank.example" };
    await harness.sdk.enrollVerifiedAuthenticator({ userId: "alice", attributes });
    await begin("withdraw-funds");
    expect((await browser.email.challenge()).data?.challengeId).toEqual(expect.any(String));
    const { data } = await browser.email.verify({ code: harness.messages.at(-1)?.code ?? "" });
    expect(data?.isVerified).toBe(true);
  });

  it("learns of a wrong code, and of a token that has expired", async () => {
    await begin("change-password");
    expect((await browser.totp.verify({ code: "000000" })).data).toMatchObject({ isVerified: false });
    harness.clock.advance(60 * 60_000);
    expect(await browser.totp.verify({ code: "000000" })).toMatchObject({ errorCode: "expired_token" });
  });
});

describe("CORS", () => {
  const preflight = (origin: string) =>
    send(`${harness.origin}/v1/client/verify/totp`, "OPTIONS", undefined, {
      origin,
      "access-control-request-method": "POST",
    });

  it("lets pages of the allowed origins call the Client API", async () => {
    const { status, headers } = await preflight(appOrigin);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([204, appOrigin]);
  });

  it("lets no other page call it, and none the Server API", async () => {
    for (const origin of ["https://evil.example", "https://app.example.evil.example", "null"]) {
      expect((await preflight(origin)).headers.has("access-control-allow-origin")).toBe(false);
    }
    const { headers } = await harness.call("GET", "/users/alice");
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });
});
