import { parseTrackAnswer, parseValidateChallengeAnswer, ProviderError } from "@require-action/core/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authsignal, type AuthsignalProvider } from "../src/index.ts";
import { address, patient, rejection, result, withdraw } from "./calls.ts";
import { SECRET } from "./stand-in.ts";
import { createFaultyServer, type Fault, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";

let server: FaultyServer;
let provider: AuthsignalProvider;
beforeAll(async () => {
  server = await createFaultyServer();
  provider = authsignal({ apiSecretKey: SECRET, apiUrl: server.origin });
});
afterAll(() => server.close());

const valid = {
  isValid: true,
  state: "CHALLENGE_SUCCEEDED",
  userId: "alice",
  actionCode: "withdraw-funds",
  idempotencyKey: "key-1",
  verificationMethod: "PASSKEY",
};
const allowed = { state: "ALLOW", idempotencyKey: "key-1", isEnrolled: true };

const html = { headers: { "content-type": "text/html" } };

/** Answers to every call that look like a permission and are none: T12. */
const corpus: readonly (readonly [string, Fault])[] = [
  ["an HTML page", faults.raw("<html><body>ALLOW</body></html>", html)],
  ["an HTML page that calls itself JSON", faults.raw("<html>ALLOW</html>")],
  ["JSON that calls itself HTML", faults.raw(JSON.stringify({ ...valid, ...allowed }), html)],
  ["JSON without a type", faults.raw(JSON.stringify({ ...valid, ...allowed }), { headers: {} })],
  ["nothing", faults.raw("")],
  ["204", faults.raw("", { status: 204, headers: {} })],
  ["an empty string", faults.json("")],
  ["a string", faults.json("ALLOW")],
  ["a string that is JSON", faults.json(JSON.stringify({ ...valid, ...allowed }))],
  ["null", faults.json(null)],
  ["true", faults.json(true)],
  ["a number", faults.json(200)],
  ["an empty array", faults.json([])],
  ["a permission in an array", faults.json([{ ...valid, ...allowed }])],
  ["an empty object", faults.json({})],
  ["a permission one level down", faults.json({ data: { ...valid, ...allowed } })],
  ["truncated JSON, complete by length", faults.raw('{"state":"ALLO')],
  ["truncated JSON, short of its length", faults.truncated(JSON.stringify({ ...valid, ...allowed }))],
  ["two JSON values", faults.raw(`${JSON.stringify({ ...valid, ...allowed })}{}`)],
  ["bytes that are not UTF-8", faults.raw(Buffer.from('{"state":"ALLOW\xff"}', "latin1"))],
  [
    "compressed bytes",
    faults.raw("\x1f\x8b", { headers: { "content-type": "application/json", "content-encoding": "gzip" } }),
  ],
  ["a new state", faults.json({ ...valid, ...allowed, state: "ALLOW_WITH_CARE" })],
  ["a state in lower case", faults.json({ ...valid, ...allowed, state: "allow" })],
  ["a state with a space", faults.json({ ...valid, ...allowed, state: "ALLOW " })],
  ["a state in an array", faults.json({ ...valid, ...allowed, state: ["ALLOW"] })],
  ["a state that is null", faults.json({ ...valid, ...allowed, state: null })],
  ["no state", faults.json({ ...valid, ...allowed, state: undefined })],
  ["an error with 200", faults.json({ error: "unauthorized", errorDescription: "x" })],
  ["a permission with 202", faults.json({ ...valid, ...allowed }, { status: 202 })],
  ["a permission with 206", faults.json({ ...valid, ...allowed }, { status: 206 })],
  ["a permission with 304", faults.raw("", { status: 304, headers: {} })],
  ["a permission with 401", faults.json({ ...valid, ...allowed }, { status: 401 })],
  ["a permission with 500", faults.json({ ...valid, ...allowed }, { status: 500 })],
  ["a prototype that permits", faults.raw(`{"__proto__":${JSON.stringify({ ...valid, ...allowed })}}`)],
];

const trackCorpus: readonly (readonly [string, Fault])[] = [
  ["isEnrolled is missing", faults.json({ ...allowed, isEnrolled: undefined })],
  ["isEnrolled is a string", faults.json({ ...allowed, isEnrolled: "true" })],
  ["the key is another action's", faults.json({ ...allowed, idempotencyKey: "key-2" })],
  ["the key is missing", faults.json({ ...allowed, idempotencyKey: undefined })],
  ["the url would run a script", faults.json({ ...allowed, url: "javascript:alert(1)" })],
  ["the state is one that track cannot end in", faults.json({ ...allowed, state: "CHALLENGE_SUCCEEDED" })],
];

const validateCorpus: readonly (readonly [string, Fault])[] = [
  ["isValid is a string", faults.json({ ...valid, isValid: "true" })],
  ["isValid is 1", faults.json({ ...valid, isValid: 1 })],
  ["userId is missing", faults.json({ ...valid, userId: undefined })],
  ["userId is null", faults.json({ ...valid, userId: null })],
  ["userId is empty", faults.json({ ...valid, userId: "" })],
  ["userId is in an array", faults.json({ ...valid, userId: ["alice"] })],
  ["actionCode and action are missing", faults.json({ ...valid, actionCode: undefined })],
  ["idempotencyKey is missing", faults.json({ ...valid, idempotencyKey: undefined })],
];

describe("T12: nobody is let through by", () => {
  it(`a corpus of at least 40 answers`, () => {
    expect(corpus.length + trackCorpus.length).toBeGreaterThanOrEqual(40);
    expect(corpus.length + validateCorpus.length).toBeGreaterThanOrEqual(40);
  });

  for (const [name, fault] of [...corpus, ...trackCorpus]) {
    it(`track: ${name}`, async () => {
      server.use(fault);
      expect(await rejection(provider.track(withdraw, patient()))).toBeInstanceOf(ProviderError);
    });
  }
  for (const [name, fault] of [...corpus, ...validateCorpus]) {
    it(`validateChallenge: ${name}`, async () => {
      server.use(fault);
      expect(await rejection(provider.validateChallenge(result, patient()))).toBeInstanceOf(ProviderError);
    });
  }
  for (const [name, fault] of corpus) {
    it(`getAction: ${name}`, async () => {
      server.use(fault);
      expect(await rejection(provider.getAction(address, patient()))).toBeInstanceOf(ProviderError);
    });
  }
});

describe("T1, T2: a valid result of another", () => {
  for (const other of [{ userId: "bob" }, { userId: "Alice" }, { actionCode: "sign-in" }, { actionCode: "withdraw" }]) {
    it(`${JSON.stringify(other)} is not valid, though the server says so`, async () => {
      server.use(faults.json({ ...valid, ...other }));
      expect(await provider.validateChallenge(result, patient())).toEqual({ isValid: false });
    });
  }
});

describe("a well-formed answer", () => {
  it("of track is told as it is, unknown members and nulls left out", async () => {
    const answer = {
      state: "CHALLENGE_REQUIRED",
      idempotencyKey: "key-1",
      isEnrolled: true,
      token: "t",
      url: "https://mfa.authsignal.com/?x=1",
      enrolledVerificationMethods: ["PASSKEY", "A_NEW_METHOD"],
      allowedVerificationMethods: ["PASSKEY"],
      defaultVerificationMethod: "PASSKEY",
      ruleIds: ["r1"],
    };
    server.use(faults.json({ ...answer, anotherMember: 1 }));
    expect(await provider.track(withdraw, patient())).toEqual(answer);
    server.use(faults.json({ ...answer, defaultVerificationMethod: null, ruleIds: null }));
    const { defaultVerificationMethod: _method, ruleIds: _ids, ...rest } = answer;
    const told = await provider.track(withdraw, patient());
    expect(told).toEqual(rest);
    expect(parseTrackAnswer(told, "key-1")).toEqual(told);
  });

  it("S3: of track may have an empty url, which is none", async () => {
    server.use(faults.json({ ...allowed, url: "", token: null }));
    expect(await provider.track(withdraw, patient())).toEqual(allowed);
  });

  it("of track may have the outcome of this kit's server, which counts where the state is the outcome's", async () => {
    const answer = async (state: string, outcome: unknown): Promise<unknown> => {
      server.use(faults.json({ ...allowed, state, isEnrolled: false, requireAction: { outcome } }));
      return provider.track(withdraw, patient());
    };
    expect(await answer("ALLOW", "ALLOW")).toMatchObject({ state: "ALLOW", outcome: "ALLOW" });
    for (const outcome of ["CHALLENGE", "BLOCK", "REVIEW"]) {
      expect(await answer("ALLOW", outcome)).not.toHaveProperty("outcome");
    }
    for (const outcome of ["ALLOWED", null, 1]) {
      expect(await rejection(answer("ALLOW", outcome) as Promise<unknown>)).toBeInstanceOf(ProviderError);
    }
  });

  it("may say REVIEW for REVIEW_REQUIRED", async () => {
    server.use(faults.json({ ...allowed, state: "REVIEW" }));
    expect((await provider.track(withdraw, patient())).state).toBe("REVIEW_REQUIRED");
    expect((await provider.getAction(address, patient()))?.state).toBe("REVIEW_REQUIRED");
  });

  it("of validateChallenge has its actionCode told as action", async () => {
    server.use(faults.json({ ...valid, stateUpdatedAt: "2026-11-23T00:00:00Z" }));
    const { actionCode, ...rest } = valid;
    const told = await provider.validateChallenge(result, patient());
    expect(told).toEqual({ ...rest, action: actionCode, stateUpdatedAt: "2026-11-23T00:00:00Z" });
    expect(parseValidateChallengeAnswer(told)).toEqual(told);
  });

  it("may refuse a token in few words, of which only a known code is passed on", async () => {
    server.use(faults.json({ isValid: false, error: "expired_token" }));
    expect(await provider.validateChallenge(result, patient())).toEqual({ isValid: false, error: "expired_token" });
    server.use(faults.json({ isValid: false, error: `bad token ${result.token}` }));
    expect(await provider.validateChallenge(result, patient())).toEqual({ isValid: false });
  });

  it("tells of a challenge that is still open whose it is", async () => {
    server.use(faults.json({ ...valid, isValid: false, state: "CHALLENGE_REQUIRED", verificationMethod: null }));
    expect(await provider.validateChallenge(result, patient())).toEqual({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
      userId: "alice",
      action: "withdraw-funds",
      idempotencyKey: "key-1",
    });
  });
});
