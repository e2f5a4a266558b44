import { ConfigurationError } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { createSoftwareAuthenticator } from "@require-action-test/support/software-authenticator";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createRouter } from "../../src/http/router.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChallengePageOptions } from "../../src/pages/challenge-page-options.ts";
import { createPageRoutes } from "../../src/pages/create-page-routes.ts";
import { settingsUrl } from "../../src/server-api/track-route.ts";
import { createHarness, giveApp, giveEmail, type Harness, minute, track } from "./harness.ts";

let harness: Harness;
const store = createMemoryStore();

beforeAll(async () => {
  harness = await createHarness({ engine: { store } });
});
afterAll(() => harness.close());

const app = "https://app.example";

function pageWith(options: ChallengePageOptions = {}): (path: string, init?: RequestInit) => Promise<Response> {
  const router = createRouter(createPageRoutes(harness.engine, { clock: harness.clock, ...options }));
  return (path, init) => router(new Request(`http://localhost${path}`, init));
}

async function init(token: string, options: ChallengePageOptions = {}, body: object = {}): Promise<any> {
  const response = await pageWith({ allowedOrigins: [app], ...options })("/challenge/init", {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Gives a user a first passkey, as the page does. */
async function givePasskey(userId: string): Promise<void> {
  const { token } = await track(harness, userId);
  const { options } = await harness.engine.challenges.enroll(token, "PASSKEY", {});
  const authenticator = createSoftwareAuthenticator({ rpId: "localhost", origin: harness.pages.origin });
  const { response } = authenticator.create(options as Parameters<typeof authenticator.create>[0]);
  await harness.engine.challenges.verify(token, "PASSKEY", response);
}

function policyOf(response: Response): ReadonlyMap<string, string> {
  const directives = (response.headers.get("content-security-policy") ?? "").split("; ");
  return new Map(
    directives.map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources.join(" ")];
    }),
  );
}

describe("the page's document", () => {
  it("T38: is kept by no cache, and tells nobody where it is", async () => {
    const { headers } = await pageWith()("/challenge?token=x");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("gives up what it has no use for, and keeps what codes and passkeys need", async () => {
    const { headers } = await pageWith()("/challenge");
    expect(headers.get("permissions-policy")).toContain("camera=(), ");
    for (const used of ["otp-credentials", "publickey-credentials-get", "publickey-credentials-create"]) {
      expect(headers.get("permissions-policy")).toContain(`${used}=(self), `);
    }
  });

  it("T38: does not hold what its address holds", async () => {
    const response = await pageWith()("/challenge?token=CANARY&mode=CANARY&x=<script>CANARY</script>");
    await expect(response.text()).resolves.not.toContain("CANARY");
  });

  it("T39: is framed by its own origin alone, unless others are configured", async () => {
    const response = await pageWith()("/challenge");
    expect(policyOf(response).get("frame-ancestors")).toBe("'self'");
    expect(response.headers.get("x-frame-options")).toBe("SAMEORIGIN");
  });

  it("T39: is framed by the configured origins alone", async () => {
    const response = await pageWith({ allowedOrigins: [app, "http://localhost:3000"] })("/challenge");
    expect(policyOf(response).get("frame-ancestors")).toBe(`'self' ${app} http://localhost:3000`);
    expect(response.headers.has("x-frame-options")).toBe(false);
  });

  it("allows what has the nonce of this one answer, and nothing inline", async () => {
    const page = pageWith();
    const answers = await Promise.all([page("/challenge"), page("/challenge")]);
    const nonces = answers.map((answer) => /^'nonce-([\w-]{22})'$/.exec(policyOf(answer).get("script-src") ?? "")?.[1]);
    expect(new Set(nonces).size).toBe(2);
    expect(policyOf(answers[0]).get("style-src")).toBe(`'nonce-${nonces[0]}'`);
    expect(policyOf(answers[0]).get("default-src")).toBe("'none'");
    const html = await answers[0].text();
    const sources = html.match(/<(?:script|style|link rel="(?!icon))[^>]*>/g) ?? [];
    expect(sources).toHaveLength(5);
    for (const source of sources) expect(source).toContain(`nonce="${nonces[0]}"`);
    expect(html).not.toMatch(/\son\w+=|\sstyle=|javascript:/);
  });

  it("shows the application's name as text", async () => {
    const response = await pageWith({ appName: `<img src=x onerror="alert(1)">&'` })("/challenge");
    const html = await response.text();
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;");
  });

  it("loads one file, which may be cached for good", async () => {
    const page = pageWith();
    const response = await page(`/${await scriptOf(page)}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("immutable");
  });

  it.each([
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5", "gzip"],
    ["br;q=0, gzip;q=1.0", "gzip"],
    ["*", "br"],
    ["br; q=0, *;q=0.1", "gzip"],
    ["br;q=0, gzip;q=0, *", null],
    ["identity", null],
    ["br;q=x, gzip;q=", null],
    [undefined, null],
  ])("is sent to a client that accepts %s as %s", async (accepted, encoding) => {
    const page = pageWith();
    for (const path of ["/challenge", `/${await scriptOf(page)}`]) {
      const response = await page(path, accepted === undefined ? {} : { headers: { "accept-encoding": accepted } });
      expect(response.headers.get("content-encoding"), path).toBe(encoding);
      expect(response.headers.get("vary"), path).toBe("accept-encoding");
      const body = Buffer.from(await response.arrayBuffer());
      const text = encoding === "br" ? brotliDecompressSync(body) : encoding === "gzip" ? gunzipSync(body) : body;
      expect(text.toString(), path).toMatch(/^(?:<!doctype html>|"use strict";)/);
    }
  });

  it.each(["tsconfig.json", "main.js", "..%2Findex.ts", "__proto__", "page.js%00"])(
    "serves no file %s",
    async (name) => {
      const page = pageWith();
      const script = await scriptOf(page);
      const response = await page(`/${script.replace(/[^/]+$/, name)}`);
      expect(response.status).toBe(404);
    },
  );
});

/** The path of the one file that the page loads. */
async function scriptOf(page: ReturnType<typeof pageWith>): Promise<string> {
  const html = await (await page("/challenge")).text();
  const [path = "", ...others] = Array.from(html.matchAll(/(?:href|src)="(challenge\/[^"]+)"/g), ([, file]) => file);
  expect(others).toEqual([]);
  return path;
}

describe("the page's options", () => {
  it.each([
    [{ allowedOrigins: ["*"] }, "allowedOrigins[0]"],
    [{ allowedOrigins: [app, "https://app.example/"] }, "allowedOrigins[1]"],
    [{ allowedOrigins: ["https://*.example"] }, "allowedOrigins[0]"],
    [{ allowedOrigins: ["https://a.example;sandbox"] }, "allowedOrigins[0]"],
    [{ allowedOrigins: ["null"] }, "allowedOrigins[0]"],
    [{ clientPath: "https://evil.example/client" }, "clientPath"],
    [{ clientPath: "//evil.example" }, "clientPath"],
    [{ appName: "" }, "appName"],
    [{ hiddenFields: ["riskScore"] } as object, "hiddenFields"],
  ])("refuses %j, naming %s", (options, name) => {
    expect(() => createPageRoutes(harness.engine, options)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(name) }) as ConfigurationError,
    );
    expect(() => createPageRoutes(harness.engine, options)).toThrow(ConfigurationError);
  });
});

describe("what the page is told", () => {
  it("T38: asks for the token as a bearer's, not in the address", async () => {
    const { token } = await track(harness, "bearer");
    const response = await pageWith()(`/challenge/init?token=${token}`, { method: "POST" });
    expect(response.status).toBe(401);
  });

  it("names the action, the bound fields with the amount first, and the user", async () => {
    await giveApp(harness, "told");
    const { token } = await track(harness, "told", {
      custom: { payeeName: "Bob", currency: "EUR", amount: "1000000.005", is_urgent: true, attempts: 3 },
      email: "told@mail.example",
    });
    await expect(init(token)).resolves.toMatchObject({
      screen: "challenge",
      action: {
        name: "Withdraw funds",
        details: [
          { label: "Amount", value: "EUR\u00a01,000,000.005", isMain: true },
          { label: "Payee name", value: "Bob" },
          { label: "Is urgent", value: "Yes" },
          { label: "Attempts", value: "3" },
        ],
      },
      user: { name: "told@mail.example", email: "told@mail.example" },
      methods: [{ verificationMethod: "AUTHENTICATOR_APP" }],
      enrollable: [],
    });
  });

  it.each([
    ["10", "EUR 10.00"],
    [10.5, "EUR 10.50"],
    ["-1234", "-EUR 1,234.00"],
    ["0.1000000000000000055511151231257827", "EUR 0.1000000000000000055511151231257827"],
    ["123456789012345678901234567890", "EUR 123,456,789,012,345,678,901,234,567,890.00"],
  ])("shows every digit of the amount %s", async (amount, value) => {
    const { token } = await track(harness, "digits", { custom: { amount, currency: "EUR" } });
    const { action } = await init(token);
    expect(action.details).toEqual([{ label: "Amount", value: value.replace(" ", "\u00a0"), isMain: true }]);
  });

  it("shows an amount that is no decimal, or has no currency, as it came", async () => {
    const { token } = await track(harness, "odd", { custom: { amount: "1,000.00", currency: "EUR" } });
    expect((await init(token)).action.details).toEqual([
      { label: "Amount", value: "1,000.00" },
      { label: "Currency", value: "EUR" },
    ]);
  });

  it("offers the preferred way first and the recovery codes last, with addresses masked", async () => {
    await giveEmail(harness, "order", "order@mail.example");
    await giveApp(harness, "order");
    const { token } = await track(harness, "order", { action: "close-account" });
    expect((await init(token)).methods).toEqual([
      {
        verificationMethod: "AUTHENTICATOR_APP",
        userAuthenticatorId: expect.any(String),
        createdAt: expect.any(Number),
      },
      expect.objectContaining({ verificationMethod: "EMAIL_OTP", hint: "o•••@mail.example" }),
    ]);
  });

  it("T17: offers to enrol only what the action accepts", async () => {
    const { token } = await track(harness, "nobody", { action: "change-password" });
    await expect(init(token)).resolves.toMatchObject({ screen: "enroll", enrollable: ["AUTHENTICATOR_APP"] });
  });

  it("T18: offers nothing to enrol to who has a factor and has not proved it", async () => {
    await giveEmail(harness, "weak");
    const { token } = await track(harness, "weak", { action: "change-password" });
    await expect(init(token, {}, { view: "settings" })).resolves.toMatchObject({ screen: "stuck", enrollable: [] });
  });

  it("S4: says that setting up the first way approves, and of no other way", async () => {
    const scope = "add:authenticators";
    const ofAction = { screen: "enroll", enrollable: ["AUTHENTICATOR_APP"] };
    const first = await track(harness, "fresh", { action: "change-password", scope });
    await expect(init(first.token)).resolves.toMatchObject({ ...ofAction, enrollingApproves: true });
    const strict = await track(harness, "fresh", { action: "pay-out", scope });
    await expect(init(strict.token)).resolves.toMatchObject({ ...ofAction, enrollingApproves: false });
    await giveEmail(harness, "mailed", "mailed@mail.example");
    const further = await track(harness, "mailed", { action: "change-password", scope });
    await expect(init(further.token)).resolves.toMatchObject({ ...ofAction, enrollingApproves: false });
  });

  it("opens the settings for a token that may change factors", async () => {
    await giveEmail(harness, "scoped", "scoped@mail.example");
    const { token } = await track(harness, "scoped", { scope: "add:authenticators" });
    await expect(init(token, {}, { view: "settings" })).resolves.toMatchObject({
      screen: "settings",
      authenticators: [{ verificationMethod: "EMAIL_OTP", hint: "s•••@mail.example" }],
      enrollable: ["PASSKEY", "AUTHENTICATOR_APP", "SMS", "EMAIL_OTP"],
    });
    await expect(init(token)).resolves.toMatchObject({ screen: "challenge", authenticators: [] });
  });

  it("tells for how long the token is good", async () => {
    const { token } = await track(harness, "timed");
    const { expiresInMs } = await init(token);
    expect(expiresInMs).toBeGreaterThan(9 * minute);
    expect(expiresInMs).toBeLessThanOrEqual(10 * minute);
  });

  it.each([
    [`${app}/back?x=1`, `${app}/back?x=1`],
    ["https://app.example.evil.example/back", undefined],
    ["http://app.example/back", undefined],
    ["https://app.example:8443/back", undefined],
    ["https://evil.example/?https://app.example", undefined],
  ])("T36: returns to %s only when its origin is allowed", async (redirectUrl, allowed) => {
    const { token } = await track(harness, "returner", { redirectUrl });
    expect((await init(token)).redirectUrl).toBe(allowed);
  });

  it.each([
    ["of a request that has expired", `${app}/back`, { errorCode: "expired_token", redirectUrl: `${app}/back` }],
    ["of no origin that is allowed", "https://evil.example/back", { errorCode: "expired_token" }],
    ["of a request without one", undefined, { errorCode: "expired_token" }],
  ])("T36: says with the refusal of an old token where to start again: the address %s", async (_name, to, refusal) => {
    const { token } = await track(harness, "old", to === undefined ? {} : { redirectUrl: to });
    harness.clock.advance(11 * minute);
    await expect(init(token)).resolves.toEqual({
      error: "expired_token",
      errorDescription: expect.any(String),
      ...refusal,
    });
    // Nobody but the bearer of a genuine one learns it.
    await expect(init(`${token.slice(0, -4)}AAAA`)).resolves.toMatchObject({ errorCode: "unauthorized" });
    await expect(init(`${token.slice(0, -4)}AAAA`)).resolves.not.toHaveProperty("redirectUrl");
  });

  it("C47: names the codes that are out, with addresses masked", async () => {
    await giveEmail(harness, "waiting", "waiting@mail.example");
    const { token } = await track(harness, "waiting", { action: "read-mail" });
    expect((await init(token)).sentCodes).toEqual([]);
    await harness.engine.challenges.send(token, "EMAIL_OTP");
    harness.clock.advance(12_000);
    const [{ sentAgoMs, ...sent }] = (await init(token)).sentCodes;
    expect(sent).toEqual({ verificationMethod: "EMAIL_OTP", purpose: "challenge", hint: "w•••@mail.example" });
    expect(sentAgoMs).toBeGreaterThanOrEqual(12_000);
    expect(sentAgoMs).toBeLessThan(30_000);
  });

  it.each([
    ["http://localhost:3000/back", "http://localhost:3000/back"],
    ["https://127.0.0.1:8443/back", "https://127.0.0.1:8443/back"],
    ["http://localhost.evil.example/back", undefined],
  ])(
    "T36: returns to %s on a developer's machine when it is a loopback address, and never otherwise",
    async (url, allowed) => {
      const { token } = await track(harness, "developer", { redirectUrl: url });
      expect((await init(token, { returnsToLoopback: true })).redirectUrl).toBe(allowed);
      expect((await init(token)).redirectUrl).toBeUndefined();
    },
  );

  it("fills in the policy's message, in the user's language", async () => {
    const messagingTemplates = (): ReturnType<NonNullable<ChallengePageOptions["messagingTemplates"]>> => ({
      en: { defaultTemplate: "Pay {{action.amount}} to {{ action.payee }}, {{user.displayName}}?" },
      de: { defaultTemplate: "{{action.payee}} bezahlen?" },
    });
    await harness.engine.users.update("reader", { displayName: "Alice" });
    const { token } = await track(harness, "reader", { custom: { amount: "10", payee: "<b>Bob</b>" } });
    expect((await init(token, { messagingTemplates })).action.message).toEqual([
      "Pay ",
      { value: "10" },
      " to ",
      { value: "<b>Bob</b>" },
      ", ",
      { value: "Alice" },
      "?",
    ]);
    expect((await init(token, { messagingTemplates }, { uiLocales: "de-AT" })).action.message).toEqual([
      { value: "<b>Bob</b>" },
      " bezahlen?",
    ]);
  });

  it("T67: has a passkey sign what it shows, in the language that it is in", async () => {
    const messagingTemplates = (): object => ({
      en: { defaultTemplate: "Pay {{action.payee}}?" },
      de: { defaultTemplate: "{{action.payee}} bezahlen?" },
    });
    await givePasskey("signer");
    const { token, key } = await track(harness, "signer", {
      custom: { amount: "1000.5", currency: "EUR", payee: "Bob" },
    });
    for (const [language, text] of [
      ["en", "Withdraw funds\nPay Bob?\nAmount: EUR\u00a01,000.50"],
      ["de", "Withdraw funds\nBob bezahlen?\nBetrag: 1.000,50\u00a0EUR"],
    ]) {
      const response = await pageWith({ messagingTemplates: messagingTemplates as never })("/challenge/passkey", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "accept-language": "fr" },
        body: JSON.stringify({ language }),
      });
      await expect(response.json()).resolves.toMatchObject({
        options: { challenge: expect.any(String), rpId: "localhost" },
      });
      const { actionId } = (await harness.engine.actions.find(key))!;
      const asked = await store.findChallenge(actionId, "PASSKEY", harness.clock.now());
      expect(asked?.ceremony?.shownText).toBe(text);
      expect(JSON.parse(asked?.ceremony?.statement ?? "")).toMatchObject({ locale: language });
    }
  });

  it.each(["{{action.missing}}", "{{user.custom}}", "{{action.constructor}}", "{{user.__proto__}}"])(
    "T40: leaves out a message that names %s",
    async (placeholder) => {
      const { token } = await track(harness, "incomplete", { custom: { payee: "Bob" } });
      const messagingTemplates = (): object => ({ en: { defaultTemplate: `Hello ${placeholder}` } });
      const { action } = await init(token, { messagingTemplates: messagingTemplates as never });
      expect(action).not.toHaveProperty("message");
    },
  );

  it("draws the QR code of the enrolment's own URI", async () => {
    const { token } = await track(harness, "scanner");
    const response = await pageWith()("/challenge/authenticator-app", {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    const { uri, secret, qr } = (await response.json()) as { uri: string; secret: string; qr: QrPath };
    expect(new URL(uri).searchParams.get("secret")).toBe(secret);
    const { encode } = await import("uqr");
    expect(modulesOf(qr)).toEqual(encode(uri, { ecc: "L", border: 0 }).data);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("lists countries only where a phone number is asked for, in the page's language", async () => {
    const { token } = await track(harness, "phoneless", { action: "call-home", locale: "ja" });
    const { phones } = await init(token);
    expect(phones.preferred).toBe("JP");
    expect(phones.countries).toContainEqual(["JP", "\u65e5\u672c \u2066+81\u2069"]);
    const known = await track(harness, "phoned", { action: "call-home", phoneNumber: "+447700900123" });
    expect(await init(known.token)).not.toHaveProperty("phones");
    expect(await init((await track(harness, "appless", { action: "change-password" })).token)).not.toHaveProperty(
      "phones",
    );
  });

  it("reads a number as it is written, sends a code to it, and refuses what is none without sending any", async () => {
    const { token } = await track(harness, "caller", { action: "call-home" });
    const post = async (body: object, bearer = token): Promise<readonly [number, unknown]> => {
      const headers = { authorization: `Bearer ${bearer}` };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await pageWith()("/challenge/phone", init);
      return [response.status, await response.json()];
    };
    const before = harness.texts.length;
    const sms = { verificationMethod: "SMS", country: "GB", number: "07700 900123" };
    for (const wrong of [{ number: "07700" }, { number: {} }, { country: "XX" }, { verificationMethod: undefined }]) {
      expect(await post({ ...sms, ...wrong })).toMatchObject([400, { field: "phoneNumber" }]);
    }
    expect(await post({ ...sms, verificationMethod: "FAX" })).toMatchObject([400, {}]);
    expect(await post(sms, "garbage")).toMatchObject([401, {}]);
    expect(harness.texts).toHaveLength(before);
    expect(await post(sms)).toEqual([200, { phoneNumber: "+447700900123" }]);
    expect(harness.texts.at(-1)?.to).toBe("+447700900123");
  });

  it("opens the settings by the address that the Server API gives", () => {
    expect(settingsUrl("https://bank.example/challenge?token=a.b.c")).toBe(
      "https://bank.example/challenge?token=a.b.c&view=settings",
    );
  });
});

interface QrPath {
  readonly size: number;
  readonly path: string;
}

/** Fills the outline, as the browser does. */
function modulesOf({ size, path }: QrPath): boolean[][] {
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(length));
  }
  return rows;
}
