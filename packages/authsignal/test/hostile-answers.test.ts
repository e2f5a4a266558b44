import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { allowWarnings } from "@require-action-test/support/warnings";
import { Authsignal } from "@authsignal/node";
import { ProviderError } from "@require-action/core/provider";
import { createFaultyServer, type Fault, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { authsignal, type AuthsignalProvider } from "../src/index.ts";
import { address, calls, patient, rejection, result, withdraw } from "./calls.ts";
import { SECRET } from "./stand-in.ts";

allowWarnings("RA_SDK_TRANSPORT");

let server: FaultyServer;
beforeAll(async () => {
  server = await createFaultyServer();
});
afterAll(() => server.close());

const transports: readonly (readonly [string, (origin: string) => AuthsignalProvider])[] = [
  ["the Server API", (apiUrl) => authsignal({ apiSecretKey: SECRET, apiUrl })],
  [
    "the official SDK",
    (apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: SECRET, apiUrl, retries: 0 }) }),
  ],
];

/** A permission for each of the three calls, as one text. */
const valid = { isValid: true, state: "CHALLENGE_SUCCEEDED", userId: "alice", idempotencyKey: "key-1" };
const permissions: Readonly<Record<string, object>> = {
  track: { state: "ALLOW", idempotencyKey: "key-1", isEnrolled: true },
  validateChallenge: { ...valid, actionCode: "withdraw-funds" },
  getAction: { state: "CHALLENGE_SUCCEEDED", verificationMethod: "PASSKEY" },
};
const json = { "content-type": "application/json" };
const raw = (body: string | Buffer, headers: object = {}, status = 200): Fault =>
  faults.raw(body, { status, headers: { ...json, ...headers } });

/** What is made of a permission so that it is none. */
const hostile: readonly (readonly [string, (permission: object) => Fault])[] = [
  ["state twice, the refusal first", (good) => raw(`{"state":"BLOCK",${JSON.stringify(good).slice(1)}`)],
  ["state twice, the refusal last", (good) => raw(`${JSON.stringify(good).slice(0, -1)},"state":"BLOCK"}`)],
  ["state twice, once in escapes", (good) => raw(`{"st\\u0061te":"BLOCK",${JSON.stringify(good).slice(1)}`)],
  [
    "a key twice",
    (good) => raw(`{"idempotencyKey":"other",${JSON.stringify({ ...good, idempotencyKey: "key-1" }).slice(1)}`),
  ],
  [
    "a name twice somewhere below",
    (good) => raw(JSON.stringify({ ...good, rules: [0] }).replace("[0]", '[{"a":1,"a":2}]')),
  ],
  ["an unknown name twice", (good) => raw(`{"x":1,"x":2,${JSON.stringify(good).slice(1)}`)],
  ["error", (good) => faults.json({ ...good, error: "unauthorized" })],
  ["an error that is an object", (good) => faults.json({ ...good, error: { code: 1 } })],
  ["errorCode", (good) => faults.json({ ...good, errorCode: "unauthorized" })],
  ["errorDescription", (good) => faults.json({ ...good, errorDescription: "no" })],
  ["a false content-encoding", (good) => raw(JSON.stringify(good), { "content-encoding": "gzip" })],
  ["a content-encoding that nobody knows", (good) => raw(JSON.stringify(good), { "content-encoding": "x-plain" })],
  ["two content-encodings", (good) => raw(JSON.stringify(good), { "content-encoding": ["identity", "br"] })],
  [
    "a content-encoding that nobody asked for",
    (good) => raw(gzipSync(JSON.stringify(good)), { "content-encoding": "gzip" }),
  ],
  ["another charset", (good) => raw(JSON.stringify(good), { "content-type": "application/json; charset=utf-16" })],
  ["status 202", (good) => raw(JSON.stringify(good), {}, 202)],
  ["status 203", (good) => raw(JSON.stringify(good), {}, 203)],
  ["more than 64 KiB", (good) => faults.json({ ...good, padding: "x".repeat(70_000) })],
  ["another user", (good) => faults.json({ ...good, userId: "mallory" })],
  ["another action", (good) => faults.json({ ...good, action: "sign-in" })],
  ["another actionCode", (good) => faults.json({ ...good, actionCode: "sign-in" })],
  ["another idempotencyKey", (good) => faults.json({ ...good, idempotencyKey: "key-2" })],
  ["an action that holds another state", (good) => faults.json({ ...good, action: { state: "BLOCK" } })],
];
/** Of a result token these are for the guard to judge, or make it one that is not valid. */
const otherwiseRefused = new Set(["another user", "another idempotencyKey", "another action", "another actionCode"]);

describe.each(transports)("S20: over %s, a permission is not believed with", (_name, create) => {
  for (const [flaw, make] of hostile) {
    it(flaw, async () => {
      const provider = create(server.origin);
      for (const [name, call] of calls) {
        server.use(make(permissions[name]!));
        if (name === "validateChallenge" && otherwiseRefused.has(flaw)) continue;
        expect(await rejection(call(provider, patient())), name).toBeInstanceOf(ProviderError);
      }
    });
  }

  it("nothing wrong with it, it is believed", async () => {
    const provider = create(server.origin);
    for (const [name, call] of calls) {
      server.use(raw(JSON.stringify(permissions[name]), { "content-type": "application/json; charset=utf-8" }));
      expect(await call(provider, patient())).toHaveProperty("state");
      expect(server.requests.at(-1)?.headers["accept-encoding"] ?? "identity").toBe("identity");
    }
  });

  it("a redirect, which is not followed: T35", async () => {
    const elsewhere = await createFaultyServer();
    for (const status of [301, 302, 303, 307, 308] as const) {
      for (const [name, call] of calls) {
        elsewhere.use(faults.json(permissions[name]));
        server.use(faults.redirect(status, `${elsewhere.origin}/`));
        expect(await rejection(call(create(server.origin), patient())), name).toBeInstanceOf(ProviderError);
      }
    }
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it.each(["gzip", "gzip, chunked", "identity"])("transfer-encoding: %s over plain text", async (coding) => {
    const { origin, close } = await plainServer(
      (body) =>
        [`HTTP/1.1 200 OK`, "content-type: application/json", `transfer-encoding: ${coding}`, "", ""].join("\r\n") +
        (coding.endsWith("chunked") ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body),
    );
    for (const [, call] of calls) {
      expect(await rejection(call(create(origin), patient()))).toBeInstanceOf(ProviderError);
    }
    await close();
  });
});

describe.each(transports)("S2: over %s, the result of a token", (_name, create) => {
  const answer = (about: object): Promise<unknown> => {
    server.use(faults.json({ ...valid, ...about }));
    return create(server.origin).validateChallenge(result, patient());
  };

  it.each([
    { action: "withdraw-funds" },
    { actionCode: "withdraw-funds" },
    { action: "withdraw-funds", actionCode: "withdraw-funds" },
    { action: "withdraw-funds", actionCode: null },
    { action: null, actionCode: "withdraw-funds" },
  ])("is read with %j", async (about) => {
    expect(await answer(about)).toEqual({ ...valid, action: "withdraw-funds" });
  });

  it.each([
    { action: "withdraw-funds", actionCode: "sign-in" },
    { action: "sign-in", actionCode: "withdraw-funds" },
    { action: "withdraw-funds", actionCode: "Withdraw-funds" },
    { action: "", actionCode: "withdraw-funds" },
    { action: ["withdraw-funds"], actionCode: "withdraw-funds" },
    {},
  ])("is not believed with %j", async (about) => {
    expect(await rejection(answer(about))).toMatchObject({ code: "provider_answer_invalid" });
  });

  it("is of no worth here when both name another action", async () => {
    expect(await answer({ action: "sign-in", actionCode: "sign-in" })).toEqual({ isValid: false });
    expect(await answer({ action: "sign-in" })).toEqual({ isValid: false });
  });
});

describe("S20: an SDK instance", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is left as it was, and its own calls follow their own ways", async () => {
    const client = new Authsignal({ apiSecretKey: SECRET, apiUrl: server.origin, retries: 0 });
    const before = Reflect.ownKeys(client);
    server.use(faults.json(permissions["track"]));
    await authsignal({ client }).track(withdraw, patient());
    expect(Reflect.ownKeys(client)).toEqual(before);
    server.use(faults.json({ ...permissions["track"], padding: "x".repeat(70_000) }));
    expect(await client.track(withdraw)).toHaveProperty("padding");
  });

  it("has its own request ended by the signal", async () => {
    let closed: Promise<unknown> | undefined;
    server.use((response) => (closed = once(response, "close")));
    const client = new Authsignal({ apiSecretKey: SECRET, apiUrl: server.origin, retries: 0 });
    expect(
      await rejection(authsignal({ client }).getAction(address, { signal: AbortSignal.timeout(50) })),
    ).toMatchObject({ code: "provider_unavailable" });
    await closed;
  });

  it("reports Retry-After", async () => {
    server.use(faults.json({ error: "too_many_requests" }, { status: 429, headers: { "retry-after": "7" } }));
    const client = new Authsignal({ apiSecretKey: SECRET, apiUrl: server.origin, retries: 0 });
    expect(await rejection(authsignal({ client }).track(withdraw, patient()))).toMatchObject({
      code: "provider_busy",
      retryAfterSeconds: 7,
    });
  });

  it("that cannot be configured is read by what it answers, and warned of once", async () => {
    vi.resetModules();
    const { authsignal: create } = await import("../src/index.ts");
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const answers = (body: object) => ({
      track: async () => body,
      validateChallenge: async () => body,
      getAction: async () => body,
    });
    const twice = create({ client: answers({ ...valid, action: "withdraw-funds", actionCode: "sign-in" }) });
    await expect(twice.validateChallenge(result, patient())).rejects.toMatchObject({ code: "provider_answer_invalid" });
    const failed = create({ client: answers({ ...permissions["track"], error: "x" }) });
    await expect(failed.track(withdraw, patient())).rejects.toMatchObject({ code: "provider_answer_invalid" });
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("follows redirects"), { type: "RequireActionWarning", code: "RA_SDK_TRANSPORT" }],
    ]);
    create({ client: new Authsignal({ apiSecretKey: SECRET, retries: 0 }) });
    create({ client: new Authsignal({ apiSecretKey: SECRET, retries: 0 }) });
    expect(warn.mock.calls.slice(1)).toEqual([
      [expect.stringContaining("retries: 0"), { type: "RequireActionWarning", code: "RA_SDK_TRANSPORT" }],
    ]);
    create({ apiSecretKey: SECRET });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(warn.mock.calls)).not.toContain(SECRET);
  });
});

/** Answers every request with a text that `node:http` would not write; the permission of whichever call it is. */
async function plainServer(
  write: (body: string) => string,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> {
  const listening: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const [line = ""] = data.toString().split("\r\n", 1);
      const name = line.startsWith("GET") ? "getAction" : line.includes("/validate") ? "validateChallenge" : "track";
      socket.end(write(JSON.stringify(permissions[name])));
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => listening.close(() => resolve())),
  };
}
