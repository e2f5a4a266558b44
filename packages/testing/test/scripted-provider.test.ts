import { ProviderError, type TrackRequest } from "@require-action/core/provider";
import { beforeEach, describe, expect, it } from "vitest";
import { createScriptedProvider, neverAnswers, type ScriptedProvider } from "../src/index.ts";

const options = { signal: new AbortController().signal };
const withdraw = (idempotencyKey: string, userId = "alice"): TrackRequest => ({
  userId,
  action: "withdraw-funds",
  attributes: { idempotencyKey },
});
const alice = { userId: "alice", action: "withdraw-funds" };

let provider: ScriptedProvider;
beforeEach(() => {
  provider = createScriptedProvider();
});

describe("track", () => {
  it("allows by default, with numbered tokens", async () => {
    expect(await provider.track(withdraw("k1"), options)).toMatchObject({ state: "ALLOW", token: "token-1" });
    expect(await provider.track(withdraw("k2"), options)).toMatchObject({ token: "token-2", idempotencyKey: "k2" });
  });

  it("answers each action as scripted, the next one first", async () => {
    provider.answer((request) => (request.userId === "mallory" ? "BLOCK" : { state: "ALLOW", isEnrolled: false }));
    provider.answerNext("REVIEW_REQUIRED");
    expect((await provider.track(withdraw("k1"), options)).state).toBe("REVIEW_REQUIRED");
    expect(await provider.track(withdraw("k2"), options)).toMatchObject({ state: "ALLOW", isEnrolled: false });
    expect((await provider.track(withdraw("k3", "mallory"), options)).state).toBe("BLOCK");
  });

  it("answers for the same action when it is asked again with the same key", async () => {
    const first = await provider.track(withdraw("k1"), options);
    provider.answer("BLOCK");
    expect(await provider.track(withdraw("k1"), options)).toEqual(first);
  });

  it("records every call", async () => {
    await provider.track(withdraw("k1"), options);
    await provider.validateChallenge({ ...alice, token: "t" }, options);
    expect(provider.calls).toEqual([
      { verb: "track", request: withdraw("k1") },
      { verb: "validateChallenge", request: { ...alice, token: "t" } },
    ]);
  });
});

describe("a challenge", () => {
  beforeEach(async () => {
    provider.answer("CHALLENGE_REQUIRED");
    await provider.track(withdraw("k1"), options);
  });

  it("gives a result token that is good for its own user and action only", async () => {
    const token = provider.completeChallenge("token-1", { verificationMethod: "PASSKEY" });
    const validate = (request: object) => provider.validateChallenge({ ...alice, token, ...request }, options);
    expect(await validate({})).toEqual({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId: "alice",
      action: "withdraw-funds",
      idempotencyKey: "k1",
      verificationMethod: "PASSKEY",
    });
    expect(await validate({ userId: "bob" })).toEqual({ isValid: false });
    expect(await validate({ action: "sign-in" })).toEqual({ isValid: false });
    expect(await validate({ token: "garbage" })).toEqual({ isValid: false });
    expect(await validate({ token: "token-1" })).toEqual({ isValid: false });
  });

  it("is not passed by the token that starts it", async () => {
    expect(await provider.validateChallenge({ ...alice, token: "token-1" }, options)).toMatchObject({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
    });
  });

  it("can fail, and then be neither completed nor reviewed", async () => {
    provider.failChallenge("k1");
    expect(await provider.getAction({ ...alice, idempotencyKey: "k1" }, options)).toEqual({
      state: "CHALLENGE_FAILED",
    });
    expect(() => provider.completeChallenge("k1")).toThrow("CHALLENGE_FAILED");
    expect(() => provider.review("k1", "approve")).toThrow("CHALLENGE_FAILED");
  });

  it("can be denied by its user", async () => {
    provider.denyChallenge("token-1");
    const denied = { state: "CHALLENGE_FAILED", deniedByUser: true };
    expect(await provider.getAction({ ...alice, idempotencyKey: "k1" }, options)).toEqual(denied);
    expect(await provider.validateChallenge({ ...alice, token: "token-1" }, options)).toMatchObject(denied);
    expect(() => provider.denyChallenge("k1")).toThrow("CHALLENGE_FAILED");
  });

  it("can expire", async () => {
    const token = provider.completeChallenge("k1");
    provider.expireToken(token);
    expect(await provider.validateChallenge({ ...alice, token }, options)).toEqual({
      isValid: false,
      error: "expired_token",
    });
  });
});

it("decides reviews", async () => {
  provider.answer("REVIEW_REQUIRED");
  await provider.track(withdraw("k1"), options);
  await provider.track(withdraw("k2"), options);
  provider.review("k1", "approve");
  provider.review("k2", "reject");
  const state = async (idempotencyKey: string) => provider.getAction({ ...alice, idempotencyKey }, options);
  expect(await state("k1")).toEqual({ state: "REVIEW_SUCCEEDED" });
  expect(await state("k2")).toEqual({ state: "REVIEW_FAILED" });
  expect(await state("k3")).toBeUndefined();
});

it("lets a verb answer nonsense, reject or stay silent, until restored", async () => {
  provider.override("track", () => "<html>");
  expect(await provider.track(withdraw("k1"), options)).toBe("<html>");
  provider.override("track", () => {
    throw new Error("down");
  });
  await expect(provider.track(withdraw("k1"), options)).rejects.toThrow("down");
  provider.override("track", neverAnswers);
  expect(await Promise.race([provider.track(withdraw("k1"), options), Promise.resolve("silent")])).toBe("silent");
  provider.restore();
  expect((await provider.track(withdraw("k1"), options)).state).toBe("ALLOW");
});

it("rejects an aborted call", async () => {
  await expect(provider.track(withdraw("k1"), { signal: AbortSignal.abort() })).rejects.toThrow(ProviderError);
});
