import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { serve } from "@require-action-test/support/serve";
import { createMemoryStore } from "@require-action/engine";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createHarness, type Harness, minute, never, track } from "../../engine/test/harness.ts";
import {
  createSecurityEventReceiver,
  type SecurityEventReceived,
  toNodeHandler,
} from "../src/security-events/index.ts";

const issuer = "https://idp.example";
const audience = "https://bank.example";
const sessionRevoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const credentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const accountDisabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
const verification = "https://schemas.openid.net/secevent/ssf/event-type/verification";
const alice = { format: "iss_sub", iss: issuer, sub: "idp-alice" };

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let stranger: Awaited<ReturnType<typeof generateKeyPair>>;
let jwks: { keys: object[] };
beforeAll(async () => {
  pair = await generateKeyPair("ES256", { extractable: true });
  stranger = await generateKeyPair("ES256");
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256" }] };
});

let harness: Harness;
let received: SecurityEventReceived[];
beforeEach(() => {
  harness = createHarness();
  received = [];
});

interface Told {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

/** A token of the transmitter, but for what is told. */
function sign({ claims, header, key }: Told = {}): Promise<string> {
  const iat = harness.clock.now() / 1000;
  return new SignJWT({
    iss: issuer,
    aud: audience,
    iat,
    jti: "j-1",
    sub_id: alice,
    events: { [sessionRevoked]: {} },
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256", kid: "one", typ: "secevent+jwt", ...header })
    .sign(key ?? pair.privateKey);
}

function receiver(options: Partial<Parameters<typeof createSecurityEventReceiver>[1]> = {}) {
  const handler = createSecurityEventReceiver(harness.engine, {
    issuer,
    audience,
    ...(options.jwksUrl === undefined && { jwks: jwks as never }),
    user: (subject) => (subject["sub"] === "idp-alice" ? "alice" : undefined),
    onReceived: (one) => void received.push(one),
    clock: harness.clock,
    ...options,
  });
  return async (token: string, headers: Readonly<Record<string, string>> = {}) => {
    const init = { method: "POST", headers: { "content-type": "application/secevent+jwt", ...headers }, body: token };
    const response = await handler(new Request("https://bank.example/security-events", init));
    const text = await response.text();
    return { status: response.status, err: text === "" ? undefined : (JSON.parse(text) as { err: string }).err };
  };
}

async function isOpen(): Promise<() => Promise<boolean>> {
  const { key } = await track(harness.engine, "alice");
  return async () => (await harness.engine.getAction(key, never))?.state === "CHALLENGE_REQUIRED";
}

describe("createSecurityEventReceiver", () => {
  it.each([
    [sessionRevoked, "session-revoked"],
    [credentialChange, "credential-change"],
    [accountDisabled, "account-disabled"],
  ])("T68: %s voids what the user has begun", async (type, reason) => {
    const open = await isOpen();
    const answer = await receiver()(await sign({ claims: { events: { [type]: { event_timestamp: 1 } } } }));
    expect(answer).toEqual({ status: 202, err: undefined });
    expect(await open()).toBe(false);
    expect(received).toEqual([{ type, jti: "j-1", result: "revoked", userId: "alice" }]);
    expect(harness.events).toContainEqual(expect.objectContaining({ type: "user.revoked", userId: "alice", reason }));
  });

  it("reads the subject within the event, as drafts have it", async () => {
    const open = await isOpen();
    const claims = { sub_id: undefined, events: { [sessionRevoked]: { subject: alice } } };
    expect((await receiver()(await sign({ claims }))).status).toBe(202);
    expect(await open()).toBe(false);
  });

  it("acknowledges what revokes nothing, and whom the application does not know", async () => {
    const open = await isOpen();
    const send = receiver();
    await send(await sign({ claims: { events: { [verification]: { state: "x" }, "urn:other": {} } } }));
    await send(await sign({ claims: { sub_id: { format: "email", email: "bob@x.example" } } }));
    await send(await sign({ claims: { sub_id: undefined } }));
    expect(received.map(({ result }) => result)).toEqual(["ignored", "ignored", "unknown_subject", "unknown_subject"]);
    expect(await open()).toBe(true);
  });

  it.each<readonly [what: string, told: () => Told, err: string]>([
    ["another issuer", () => ({ claims: { iss: "https://evil.example" } }), "invalid_issuer"],
    ["another recipient", () => ({ claims: { aud: "https://shop.example" } }), "invalid_audience"],
    ["another key", () => ({ key: stranger.privateKey }), "invalid_key"],
    ["an unknown key", () => ({ header: { kid: "two" } }), "invalid_key"],
    [
      "a public key as the secret",
      () => ({ header: { alg: "HS256" }, key: new TextEncoder().encode(JSON.stringify(jwks.keys[0])) }),
      "invalid_key",
    ],
    ["an ID token", () => ({ header: { typ: "JWT" } }), "invalid_request"],
    ["no type", () => ({ header: { typ: undefined } }), "invalid_request"],
    ["no event", () => ({ claims: { events: {} } }), "invalid_request"],
    ["events that are a list", () => ({ claims: { events: [sessionRevoked] } }), "invalid_request"],
    ["no time", () => ({ claims: { iat: undefined } }), "invalid_request"],
    ["a time to come", () => ({ claims: { iat: harness.clock.now() / 1000 + 3600 } }), "invalid_request"],
    ["a time before all others", () => ({ claims: { iat: -1e10 } }), "invalid_request"],
    ["an id that is a number", () => ({ claims: { jti: 5 } }), "invalid_request"],
    ["no id", () => ({ claims: { jti: undefined } }), "invalid_request"],
    ["an end that has passed", () => ({ claims: { exp: harness.clock.now() / 1000 - 3600 } }), "invalid_request"],
  ])("T68: refuses a token of %s, and revokes nothing", async (_what, told, err) => {
    const open = await isOpen();
    expect(await receiver()(await sign(told()))).toEqual({ status: 400, err });
    expect(await open()).toBe(true);
    expect(received).toEqual([]);
  });

  it.each([
    ["text", "hello"],
    ["nothing", ""],
    ["an unsigned token", `${Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString("base64url")}.e30.`],
    ["a token that is too long", `${"a".repeat(70_000)}.b.c`],
  ])("refuses %s", async (_what, body) => {
    expect(await receiver()(body)).toMatchObject({
      status: 400,
      err: expect.stringMatching(/^invalid_(?:request|key)$/),
    });
  });

  it("refuses another content type, another method, and another Authorization header", async () => {
    const send = receiver({ authorization: "Bearer agreed" });
    const token = await sign();
    expect(await send(token, { authorization: "Bearer guessed" })).toEqual({
      status: 400,
      err: "authentication_failed",
    });
    expect(await send(token)).toEqual({ status: 400, err: "authentication_failed" });
    const json = { authorization: "Bearer agreed", "content-type": "application/json" };
    expect(await send(token, json)).toEqual({ status: 400, err: "invalid_request" });
    expect(await send(token, { authorization: "Bearer agreed" })).toMatchObject({ status: 202 });
    const handler = createSecurityEventReceiver(harness.engine, {
      issuer,
      audience,
      jwks: jwks as never,
      user: () => "alice",
    });
    expect((await handler(new Request("https://bank.example/security-events"))).status).toBe(405);
  });

  it("T68: a token with fractions of a second in its time voids what it says, delivered hours later too", async () => {
    const open = await isOpen();
    const token = await sign({ claims: { iat: harness.clock.now() / 1000 + 0.1234 } });
    harness.clock.advance(120 * minute);
    expect((await receiver()(token)).status).toBe(202);
    expect(received).toEqual([expect.objectContaining({ result: "revoked", userId: "alice" })]);
    expect(await open()).toBe(false);
  });

  it("T68: a token that is sent again later voids nothing of what the user does then", async () => {
    const send = receiver();
    const token = await sign();
    await send(token);
    harness.clock.advance(61 * minute);
    const open = await isOpen();
    expect((await send(token)).status).toBe(202);
    expect(await open()).toBe(true);
  });

  it("asks for it again while the store is down, or the application does not know its users, and voids it then", async () => {
    const store = createMemoryStore();
    let isDown = true;
    harness = createHarness({
      store: {
        ...store,
        updateUser: (...args) => (isDown ? Promise.reject(new Error("down")) : store.updateUser(...args)),
      },
    });
    const open = await isOpen();
    const send = receiver();
    expect(await send(await sign())).toEqual({ status: 503, err: undefined });
    expect(received).toMatchObject([{ result: "failed", error: expect.any(Error) }]);
    expect(await open()).toBe(true);
    const forgetful = receiver({ user: () => Promise.reject(new Error("database")) });
    expect((await forgetful(await sign())).status).toBe(503);
    isDown = false;
    expect((await send(await sign())).status).toBe(202);
    expect(await open()).toBe(false);
  });

  it("fetches the transmitter's keys, and asks for the token again while they are out of reach", async () => {
    let isDown = true;
    const { origin, close } = await serve((_request, response) => {
      response.writeHead(isDown ? 500 : 200, { "content-type": "application/json" }).end(JSON.stringify(jwks));
    });
    const send = receiver({ jwksUrl: `${origin}/jwks.json` });
    expect((await send(await sign())).status).toBe(503);
    isDown = false;
    expect((await send(await sign())).status).toBe(202);
    await close();
  });

  it("asks for a token again whose key may be newer than what was fetched, and refuses it when it is not", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const next = await generateKeyPair("ES256", { extractable: true });
    let keys = jwks.keys;
    const { origin, close } = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    });
    onTestFinished(close);
    const send = receiver({ jwksUrl: `${origin}/jwks.json` });
    expect((await send(await sign())).status).toBe(202);
    keys = [...keys, { ...(await exportJWK(next.publicKey)), kid: "two", alg: "ES256" }];
    const token = await sign({ header: { kid: "two" }, key: next.privateKey });
    expect((await send(token)).status).toBe(503);
    vi.setSystemTime(Date.now() + minute);
    expect((await send(token)).status).toBe(202);
    vi.setSystemTime(Date.now() + minute);
    const unknown = await sign({ header: { kid: "three" }, key: stranger.privateKey });
    expect(await send(unknown)).toEqual({ status: 400, err: "invalid_key" });
  });

  it("stands behind node:http", async () => {
    const open = await isOpen();
    const handler = createSecurityEventReceiver(harness.engine, {
      issuer,
      audience,
      jwks: jwks as never,
      user: () => "alice",
      clock: harness.clock,
    });
    const { origin, close } = await serve(toNodeHandler(handler));
    const headers = { "content-type": "application/secevent+jwt" };
    const { status } = await fetch(origin, { method: "POST", headers, body: await sign() });
    expect(status).toBe(202);
    expect(await open()).toBe(false);
    await close();
  });

  it.each([
    ["no keys", {}],
    ["keys twice", { jwks: { keys: [] }, jwksUrl: "https://idp.example/jwks" }],
    ["keys over plain HTTP", { jwksUrl: "http://idp.example/jwks" }],
    ["keys that are a list", { jwks: [] }],
    ["an empty header", { jwks: { keys: [] }, authorization: "" }],
    ["a misspelt option", { jwks: { keys: [] }, onRecieved: () => undefined }],
    ["no resolver", { jwks: { keys: [] }, user: undefined }],
  ])("refuses %s at start, naming the option", (_what, options) => {
    expect(() =>
      createSecurityEventReceiver(harness.engine, { issuer, audience, user: () => "alice", ...options } as never),
    ).toThrow(/^configuration_invalid: createSecurityEventReceiver/);
  });
});
