import { createHash, randomBytes } from "node:crypto";
import { serve } from "@require-action-test/support/serve";
import { codeAt } from "@require-action-test/support/codes";
import { authsignal } from "@require-action/authsignal";
import { type CodeMessage, createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createRequireAction } from "@require-action/express";
import { createMemoryLedger } from "@require-action/core";
import type { ActionProvider } from "@require-action/core/provider";
import { createServer, toNodeHandler } from "@require-action/server";
import { createManualClock } from "@require-action/testing";
import express from "express";
import { URI } from "otpauth";
import { afterEach, describe, expect, it } from "vitest";

const API_SECRET = "a-consent-phishing-api-secret-of-32-bytes";
const COOKIE = { cookie: "session=alice-session" };
const BEARER = { authorization: "Bearer alice-access-token" };
const WITHDRAWAL = { amount: "250.00", payee: "DE02120300000000202051" };

const policy = {
  dataPoints: [
    { name: "amount", type: "text" },
    { name: "payee", type: "text" },
  ],
  actions: {
    "withdraw-funds": { defaultOutcome: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP", "EMAIL_OTP"] },
    "large-withdrawal": { defaultOutcome: "REVIEW" },
  },
} as const;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Answer {
  readonly status: number;
  readonly body: any;
}

/** Sends what any client may: nobody here has more than a stolen credential, or a token that a reply handed out. */
async function post(url: string, headers: Readonly<Record<string, string>>, body: unknown = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** The engine and its server, and an application whose guard asks the one or the other. */
async function start(connect: (engine: Engine, origin: string) => ActionProvider) {
  const clock = createManualClock(Date.now());
  const store = createMemoryStore();
  const mails: CodeMessage[] = [];
  const delivery = { sendEmail: (mail: CodeMessage) => void mails.push(mail) };
  let handler: Parameters<typeof toNodeHandler>[0] = async () => new Response(undefined, { status: 503 });
  const site = await serve(toNodeHandler((request) => handler(request)));
  open.push(() => site.close());
  const engine = createEngine({
    policy,
    secrets: ["a-consent-phishing-engine-secret-of-32-bytes"],
    issuer: "Example",
    baseUrl: site.origin,
    store,
    clock,
    delivery,
  });
  const keys = { apiSecrets: [API_SECRET], tenantId: "example", allowedOrigins: [] };
  handler = createServer(engine, { ...keys, store, delivery, clock });

  const requireAction = createRequireAction({
    provider: connect(engine, site.origin),
    sealSecrets: ["a-consent-phishing-seal-secret-of-32-bytes"],
    ledger: createMemoryLedger({ clock }),
    clock,
    user: (req) =>
      req.get("cookie") === COOKIE.cookie || req.get("authorization") === BEARER.authorization ? "alice" : undefined,
    session: () => "one and the same",
  });
  const runs: string[] = [];
  const app = express().use(express.json());
  for (const action of Object.keys(policy.actions)) {
    app.post(`/${action}`, requireAction(action, { bind: ({ body }) => ({ ...body }) }), (_req, res) => {
      runs.push(action);
      res.json({ done: true });
    });
  }
  const served = await serve(app);
  open.push(() => served.close());

  const client = (path: string, token: string, body?: object): Promise<Answer> =>
    post(`${site.origin}/v1/client/${path}`, { authorization: `Bearer ${token}` }, body);
  return {
    clock,
    engine,
    mails,
    runs,
    client,
    page: (path: string, token: string) =>
      post(`${site.origin}/challenge/${path}`, { authorization: `Bearer ${token}` }),
    api: (path: string, body: object) =>
      post(`${site.origin}/v1/${path}`, { authorization: `Basic ${btoa(`${API_SECRET}:`)}` }, body),
    request: (credential: Readonly<Record<string, string>>, token?: string, action = "withdraw-funds") =>
      post(
        `${served.origin}/${action}`,
        { ...credential, ...(token === undefined ? {} : { "action-token": token }) },
        WITHDRAWAL,
      ),
    /** Alice has an authenticator app; answers the code that it shows next. */
    async enroll(): Promise<() => string> {
      const { body } = await post(`${served.origin}/withdraw-funds`, COOKIE, WITHDRAWAL);
      const { body: enrollment } = await client("user-authenticators/totp", body.token);
      const { secret } = URI.parse(enrollment.uri);
      await client("verify/totp", body.token, { verificationCode: codeAt(secret.base32, clock.now()) });
      return () => {
        clock.advance(30_000);
        return codeAt(secret.base32, clock.now());
      };
    },
  };
}

const providers = {
  "the embedded engine": (engine: Engine): ActionProvider => engine,
  "the served engine": (_engine: Engine, origin: string): ActionProvider =>
    authsignal({ apiSecretKey: API_SECRET, apiUrl: `${origin}/v1` }),
};

describe.each(Object.entries(providers))("consent phishing, decided by %s", (_name, connect) => {
  it.each([
    ["cookie", COOKIE],
    ["bearer token", BEARER],
  ])("T55: a stolen %s, the key kept, the user approves on another device: 403", async (_credential, stolen) => {
    const { request, client, page, enroll, runs } = await start(connect);
    const nextCode = await enroll();
    const kept = (await request(stolen)).body;
    expect(kept.code).toBe("challenge_required");
    expect((await request(stolen, kept.idempotencyKey)).body.code).toBe("challenge_incomplete");

    // The thief sends the page's address to the user, who approves there.
    const proved = (await client("verify/totp", kept.token, { verificationCode: nextCode() })).body;
    expect(proved.isVerified).toBe(true);

    for (const handle of [kept.idempotencyKey, kept.token]) {
      const { status, body } = await request(stolen, handle);
      expect([status, body.code]).toEqual([403, "action_token_invalid"]);
    }
    // Nor does the token of the challenge get the result out of the engine, by any way to ask or to wait for it.
    const answers = [
      await client("verify/totp", kept.token, { verificationCode: "000000" }),
      await client("verify/email-magic-link/finalize", kept.token),
      await client("verify/push", kept.token, { challengeId: kept.idempotencyKey }),
      await client("verify/qr-code", kept.token, { challengeId: kept.idempotencyKey }),
      await client("user-authenticators/totp", kept.token),
      await page("init", kept.token),
    ];
    for (const { body } of answers) {
      expect(body).not.toHaveProperty("accessToken");
      expect(body).not.toHaveProperty("token");
    }
    expect(runs).toEqual([]);
    expect((await request(COOKIE, proved.accessToken)).status).toBe(200);
    expect(runs).toEqual(["withdraw-funds"]);
  });

  it("T55, C48: only the browser that proved fetches the result again, and that runs once", async () => {
    const { request, client, enroll, runs } = await start(connect);
    const nextCode = await enroll();
    const [ofProver, ofThief] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString("base64url"));
    const hashOf = (key = ""): string => createHash("sha256").update(key).digest("base64url");
    const kept = (await request(COOKIE)).body;
    // The thief answers too, before and after, each time with a hash of their own.
    await client("verify/totp", kept.token, { verificationCode: "000000", resultKeyHash: hashOf(ofThief) });
    const proof = { verificationCode: nextCode(), resultKeyHash: hashOf(ofProver) };
    const { accessToken } = (await client("verify/totp", kept.token, proof)).body;
    const late = await client("verify/totp", kept.token, { ...proof, resultKeyHash: hashOf(ofThief) });
    expect(late.status).toBe(409);

    for (const resultKey of [undefined, null, "", ofThief, hashOf(ofProver), hashOf(ofThief), kept.token, [ofProver]]) {
      const { status, body } = await client("result", kept.token, { resultKey });
      expect([status, body.errorCode]).toEqual([404, "not_found"]);
      expect(body).not.toHaveProperty("accessToken");
    }
    // The key is no handle by itself either.
    expect((await client("result", ofProver!, { resultKey: ofProver })).status).toBe(401);
    const fetched = (await client("result", kept.token, { resultKey: ofProver })).body;
    const again = (await client("result", kept.token, { resultKey: ofProver })).body;
    expect((await request(COOKIE, fetched.accessToken)).status).toBe(200);
    for (const token of [fetched.accessToken, again.accessToken, accessToken]) {
      expect((await request(COOKIE, token)).status).toBe(409);
    }
    expect(runs).toEqual(["withdraw-funds"]);
  });

  it("T55: what the backend says was proved elsewhere is no result for the one who waits", async () => {
    const { request, engine, enroll, runs } = await start(connect);
    await enroll();
    const { idempotencyKey } = (await request(COOKIE)).body;
    await engine.actions.transition(
      { userId: "alice", action: "withdraw-funds", idempotencyKey },
      { state: "CHALLENGE_SUCCEEDED", actor: "backend", verificationMethod: "AUTHENTICATOR_APP" },
    );
    expect((await request(COOKIE, idempotencyKey)).body.code).toBe("action_token_invalid");
    expect(runs).toEqual([]);
  });

  it("T55: a reviewed action, and a challenge that was sent on to review, resume by their keys", async () => {
    const { request, engine, enroll, runs } = await start(connect);
    await enroll();
    const reviewed = (await request(COOKIE, undefined, "large-withdrawal")).body.idempotencyKey;
    await engine.reviews.approve(
      { userId: "alice", action: "large-withdrawal", idempotencyKey: reviewed },
      { reviewer: "bob" },
    );
    expect((await request(COOKIE, reviewed, "large-withdrawal")).status).toBe(200);

    const { idempotencyKey } = (await request(COOKIE)).body;
    const key = { userId: "alice", action: "withdraw-funds", idempotencyKey };
    await engine.actions.transition(key, { state: "REVIEW_REQUIRED", actor: "call-centre" });
    expect((await request(COOKIE, idempotencyKey)).body.code).toBe("review_required");
    await engine.reviews.approve(key, { reviewer: "bob" });
    expect((await request(COOKIE, idempotencyKey)).status).toBe(200);
    expect(runs).toEqual(["large-withdrawal", "withdraw-funds"]);
  });

  it("T55: a code to an address is claimed once, and is no result of a challenge that is open elsewhere", async () => {
    const { request, api, mails, enroll, runs } = await start(connect);
    await enroll();
    const asked = (await request(COOKIE)).body;
    const begun = await api("challenge", {
      userId: "bob",
      action: "withdraw-funds",
      verificationMethod: "EMAIL_OTP",
      email: "bob@example.com",
      custom: WITHDRAWAL,
    });
    const { challengeId } = begun.body;
    const verified = await api("verify", { challengeId, verificationCode: mails[0]?.code });
    expect(verified.body.isVerified).toBe(true);
    expect((await api("claim", { challengeId, userId: "alice" })).status).toBe(401);
    const claimed = await api("claim", { challengeId, userId: "bob" });
    expect((await api("claim", { challengeId, userId: "bob" })).status).toBe(401);
    for (const handle of [asked.idempotencyKey, asked.token, claimed.body.token]) {
      expect((await request(COOKIE, handle)).status).toBe(403);
    }
    expect(runs).toEqual([]);
  });
});
