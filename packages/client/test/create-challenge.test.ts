import { codeAt, otherThan } from "@require-action-test/support/codes";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createChallenge, type OpenChallenge } from "../src/index.ts";
import { type AuthServer, startAuthServer } from "./auth-server.ts";

const app = "AUTHENTICATOR_APP";
const email = "EMAIL_OTP";

let server: AuthServer;
/** Stands between the client and the server: may lose a request, or only its reply. */
let network: { losesReply?: RegExp; losesRequest?: RegExp };

beforeEach(async () => {
  server = await startAuthServer();
  network = {};
  // Node 25 and later have one of their own, which all browsers of a test would share.
  vi.stubGlobal("sessionStorage", undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
  return server.close();
});

const send: typeof fetch = async (input, init) => {
  const path = String(input);
  if (network.losesRequest?.test(path)) throw new TypeError("fetch failed");
  const response = await fetch(input, init);
  if (!network.losesReply?.test(path)) return response;
  await response.text();
  throw new TypeError("fetch failed");
};

function open(token: string, signal?: AbortSignal): OpenChallenge {
  return createChallenge(token, { baseUrl: `${server.origin}/v1`, fetch: send, ...(signal && { signal }) });
}

/** Opens a challenge, and waits until it is known. */
async function opened(token: string): Promise<OpenChallenge> {
  const challenge = open(token);
  await settled(challenge);
  return challenge;
}

async function settled(challenge: OpenChallenge): Promise<void> {
  await expect.poll(() => challenge.state.isBusy, { interval: 5 }).toBe(false);
}

/** Gives alice an app, and returns what shows its codes. */
async function enrollApp(): Promise<() => string> {
  const { token } = await server.track();
  const { secret = "" } = await server.engine.challenges.enroll(token, app, {});
  await server.engine.challenges.verify(token, app, codeAt(secret, server.clock.now()));
  server.clock.advance(30_000);
  return () => codeAt(secret, server.clock.now());
}

async function enrollMailbox(): Promise<void> {
  await server.engine.authenticators.enrollVerified("alice", {
    verificationMethod: email,
    email: "alice@bank.example",
  });
}

async function validates(token: string | undefined): Promise<string | undefined> {
  const { signal } = new AbortController();
  const request = { token: token ?? "", userId: "alice", action: "withdraw-funds" };
  return (await server.engine.validateChallenge(request, { signal })).state;
}

describe("a challenge in a UI of the application's own", () => {
  it("says what it is for and what can answer it, the preferred one first and recovery codes last, and when it ends", async () => {
    await enrollApp();
    await enrollMailbox();
    const custom = { amount: "250.00", riskScore: "91" };
    const { token } = await server.track("withdraw-funds", { custom });
    const { state } = await opened(token);
    expect(state).toMatchObject({ status: "open", isBusy: false, enrollable: [], action: "withdraw-funds" });
    expect(state.fields).toEqual({ amount: "250.00" });
    expect(state.methods).toEqual([
      { verificationMethod: app, kind: "own-code" },
      { verificationMethod: email, kind: "sent-code", address: "a•••@bank.example" },
      { verificationMethod: "RECOVERY_CODE", kind: "recovery-code" },
    ]);
    expect(state.expiresAt! - Date.now()).toBeGreaterThan(500_000);
  });

  it("S4: sets up a first authenticator, shows recovery codes once, and ends with a result that is of use", async () => {
    const { token } = await server.track();
    const challenge = await opened(token);
    expect(challenge.state.enrollable.map(({ verificationMethod }) => verificationMethod)).toContain(app);
    const { app: key } = await challenge.enroll(app);
    expect(key?.uri).toMatch(/^otpauth:/);
    const code = codeAt(key?.secret ?? "", server.clock.now());
    expect((await challenge.verify(app, otherThan(code))).failure).toEqual({ reason: "wrong_answer" });
    const { status, recoveryCodes, app: gone } = await challenge.verify(app, code);
    expect([status, recoveryCodes?.length, gone]).toEqual(["recovery_codes", 8, undefined]);
    expect(await challenge.finish()).toEqual({ status: "approved", isBusy: false, methods: [], enrollable: [] });
    expect(await validates(await challenge.result)).toBe("CHALLENGE_SUCCEEDED");
  });

  it("C48: fetches the result again once it has lapsed while recovery codes were shown", async () => {
    const challenge = await opened((await server.track()).token);
    const { app: key } = await challenge.enroll(app);
    await challenge.verify(app, codeAt(key?.secret ?? "", server.clock.now()));
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 200_000);
    server.clock.advance(200_000);
    await challenge.finish();
    vi.restoreAllMocks();
    expect(await validates(await challenge.result)).toBe("CHALLENGE_SUCCEEDED");
    expect(server.calls.at(-1)).toBe("result");
  });

  it("sends an answer once for two clicks", async () => {
    const code = await enrollApp();
    const challenge = await opened((await server.track()).token);
    const before = server.calls.length;
    const [one, other] = await Promise.all([challenge.verify(app, code()), challenge.verify(app, code())]);
    expect([one.status, other.status]).toEqual(["approved", "approved"]);
    expect(server.calls.slice(before)).toEqual(["verify/totp"]);
    // After the end nothing is sent.
    await challenge.verify(app, code());
    await challenge.deny();
    expect(server.calls.slice(before)).toEqual(["verify/totp"]);
  });

  it("C47: goes on with the code that was sent where its screen is shown anew", async () => {
    await enrollMailbox();
    const { token } = await server.track();
    const first = await opened(token);
    const { methods } = await first.send(email);
    expect(methods[0]?.sentAt).toBeGreaterThan(Date.now() - 60_000);
    first.cancel();
    const second = await opened(token);
    expect(second.state.methods[0]).toMatchObject({ verificationMethod: email, sentAt: expect.any(Number) });
    await second.verify(email, server.mails.at(-1)?.code);
    expect(await validates(await second.result)).toBe("CHALLENGE_SUCCEEDED");
    expect(server.mails).toHaveLength(1);
    expect(await first.result).toBeUndefined();
  });

  it("sets up a mailbox, whose code is sent to the address that was given", async () => {
    const challenge = await opened((await server.track("read-mail")).token);
    const { enrollable, failure } = await challenge.enroll(email, { email: "alice@mail.example" });
    expect([failure, enrollable]).toEqual([
      undefined,
      [expect.objectContaining({ address: "alice@mail.example", sentAt: expect.any(Number) })],
    ]);
    const { status } = await challenge.verify(email, server.mails.at(-1)?.code);
    expect(status).toBe("approved");
  });

  it("C48: fetches a result whose reply was lost, at the next call, and sends no second answer", async () => {
    const code = await enrollApp();
    const { token } = await server.track();
    const challenge = await opened(token);
    network.losesReply = /verify/;
    const { failure, status } = await challenge.verify(app, code());
    expect([status, failure?.reason]).toEqual(["open", "network"]);
    network = {};
    const before = server.calls.length;
    await challenge.verify(app, code());
    expect(await validates(await challenge.result)).toBe("CHALLENGE_SUCCEEDED");
    expect(server.calls.slice(before)).toEqual(["challenge/describe", "challenge/describe", "result"]);
  });

  it("T55: gives a lost result to nobody who holds the token alone", async () => {
    const code = await enrollApp();
    const { token } = await server.track();
    const challenge = await opened(token);
    network.losesReply = /verify/;
    await challenge.verify(app, code());
    network = {};
    const other = await opened(token);
    expect([other.state.status, await other.result]).toEqual(["closed", undefined]);
  });

  it("says of an outage that it is one: no code is wrong by it, and the challenge can be read again", async () => {
    const code = await enrollApp();
    network.losesRequest = /./;
    const challenge = await opened((await server.track()).token);
    expect(challenge.state).toMatchObject({ status: "loading", failure: { reason: "network" } });
    network = {};
    expect((await challenge.reload()).status).toBe("open");
    network.losesRequest = /verify/;
    expect((await challenge.verify(app, code())).failure?.reason).toBe("network");
    network = {};
    expect((await challenge.verify(app, code())).status).toBe("approved");
  });

  it("T20: says how long to wait after too many wrong codes, and stays open to another method", async () => {
    const code = await enrollApp();
    const challenge = await opened((await server.track()).token);
    for (let guess = 0; guess < 5; guess++) await challenge.verify(app, otherThan(code()));
    const { status, failure } = await challenge.verify(app, code());
    expect([status, failure]).toEqual([
      "open",
      { reason: "wait", errorCode: "too_many_requests", retryAfterSeconds: expect.any(Number) },
    ]);
  });

  it.each(["FAX", "toString", "SMS", "PASSKEY"])("refuses %s, which the challenge does not have", async (method) => {
    await enrollApp();
    const challenge = await opened((await server.track()).token);
    const before = server.calls.length;
    for (const call of ["send", "verify", "enroll"] as const) {
      expect((await challenge[call](method)).failure).toEqual({ reason: "method_unknown" });
    }
    expect(server.calls).toHaveLength(before);
    expect(challenge.state.status).toBe("open");
  });

  it("ends as expired with its token: when it says so, and when the server does", async () => {
    const code = await enrollApp();
    const { token } = await server.track();
    const answered = await opened(token);
    server.clock.advance(10 * 60_000 - 1_500);
    const waiting = await opened(token);
    expect(waiting.state.status).toBe("open");
    expect(await waiting.result).toBeUndefined();
    expect(waiting.state).toEqual({ status: "expired", isBusy: false, methods: [], enrollable: [] });
    server.clock.advance(60_000);
    expect((await answered.verify(app, code())).status).toBe("expired");
    expect((await opened(token)).state.status).toBe("expired");
  });

  it.each(["", "garbage", "e30.e30.e30"])("ends as invalid with the token %o", async (token) => {
    const challenge = await opened(token);
    expect([challenge.state.status, await challenge.result]).toEqual(["invalid", undefined]);
  });

  it("is cancelled at once while a call is on its way, by its own way or by a signal", async () => {
    const code = await enrollApp();
    const { token } = await server.track();
    const aborting = new AbortController();
    for (const [cancel, signal] of [
      [(one: OpenChallenge) => one.cancel(), undefined],
      [() => aborting.abort(), aborting.signal],
    ] as const) {
      const challenge = open(token, signal);
      await settled(challenge);
      const answering = challenge.verify(app, otherThan(code()));
      cancel(challenge);
      expect(challenge.state.status).toBe("cancelled");
      expect(await challenge.result).toBeUndefined();
      expect((await answering).status).toBe("cancelled");
    }
  });

  it("sends nothing where it is cancelled in the same breath, or was before", async () => {
    const { token } = await server.track();
    open(token).cancel();
    const { state, result } = open(token, AbortSignal.abort());
    expect([state.status, await result]).toEqual(["cancelled", undefined]);
    expect(server.calls).toEqual([]);
  });

  it("ends the action for a user who did not ask for it, with the token by which the application learns it", async () => {
    await enrollApp();
    const { token, idempotencyKey } = await server.track();
    const challenge = await opened(token);
    expect((await challenge.deny()).status).toBe("denied");
    expect(await challenge.result).toBe(token);
    expect(await server.stateOf(idempotencyKey)).toBe("CHALLENGE_FAILED");
  });

  it("ends as closed where the action has ended elsewhere", async () => {
    const code = await enrollApp();
    const { token } = await server.track();
    const challenge = await opened(token);
    await server.engine.challenges.deny(token);
    expect((await challenge.verify(app, code())).status).toBe("closed");
  });

  it("sets up a method where nothing is left to approve, and ends with an empty text", async () => {
    const { token } = await server.track("see-balance", { scope: "add:authenticators" });
    const challenge = await opened(token);
    expect(challenge.state).toMatchObject({ status: "open", methods: [] });
    const { app: key } = await challenge.enroll(app);
    await challenge.verify(app, codeAt(key?.secret ?? "", server.clock.now()));
    expect((await challenge.finish()).status).toBe("enrolled");
    expect(await challenge.result).toBe("");
  });

  it("shows the number of a link, and waits until it was matched; another call ends the wait", async () => {
    await server.engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_MAGIC_LINK",
      email: "alice@bank.example",
    });
    const challenge = await opened((await server.track()).token);
    const { matchingNumber = "" } = await challenge.send("EMAIL_MAGIC_LINK");
    expect(matchingNumber).toMatch(/^\d\d$/);
    const left = challenge.verify("EMAIL_MAGIC_LINK");
    await expect.poll(() => challenge.state.waitsFor).toBe("link");
    const waiting = challenge.verify("EMAIL_MAGIC_LINK");
    expect((await left).status).toBe("open");
    const link = new URL(server.links.at(-1)!.url).searchParams.get("link");
    await server.engine.magicLinks.match(link, matchingNumber);
    expect((await waiting).status).toBe("approved");
    expect(await validates(await challenge.result)).toBe("CHALLENGE_SUCCEEDED");
  });

  it("calls back after each change, once for each listener, and no more once it was told to stop", async () => {
    await enrollApp();
    const challenge = open((await server.track()).token);
    const seen: string[] = [];
    const listener = (): void => void seen.push(challenge.state.status);
    const [stop] = [challenge.subscribe(listener), challenge.subscribe(listener)];
    const before = challenge.state;
    await settled(challenge);
    expect(challenge.state).not.toBe(before);
    expect(seen.length % 2).toBe(0);
    expect(seen).toContain("open");
    const count = seen.length;
    stop();
    challenge.cancel();
    expect(seen).toHaveLength(count + 1);
  });
});
