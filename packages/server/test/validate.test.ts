import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeChallenge, createHarness, enrollApp, type Harness, minute } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

async function challenge(userId: string, action = "change-password"): Promise<string> {
  if ((await harness.engine.authenticators.list(userId)).length === 0) await enrollApp(harness, userId);
  return (await harness.sdk.track({ userId, action, attributes: { idempotencyKey: `${userId}-${action}` } })).token;
}

async function result(userId: string, action?: string): Promise<string> {
  return completeChallenge(harness, await challenge(userId, action));
}

describe("validateChallenge, by the official SDK", () => {
  it("tells whose result a token is, with or without constraints", async () => {
    const token = await result("alice");
    for (const constraints of [{}, { userId: "alice" }, { action: "change-password" }]) {
      expect(await harness.sdk.validateChallenge({ token, ...constraints })).toEqual({
        isValid: true,
        state: "CHALLENGE_SUCCEEDED",
        stateUpdatedAt: "2026-01-15T12:00:30.000Z",
        userId: "alice",
        action: "change-password",
        idempotencyKey: "alice-change-password",
        verificationMethod: "AUTHENTICATOR_APP",
      });
    }
  });

  it("S2: names the action by action and by actionCode on the wire", async () => {
    const { json } = await harness.call("POST", "/validate", { token: await result("alice") });
    expect(json).toMatchObject({ action: "change-password", actionCode: "change-password" });
  });

  it("S2: takes the action that the token must be about by either name, and not by two that differ", async () => {
    const token = await result("alice");
    const validate = (about: object) => harness.call("POST", "/validate", { token, ...about });
    for (const about of [{ action: "change-password" }, { actionCode: "change-password" }]) {
      expect((await validate(about)).json).toMatchObject({ isValid: true });
    }
    for (const about of [{ action: "pay" }, { actionCode: "pay" }, { action: "pay", actionCode: "pay" }]) {
      expect((await validate(about)).json).toMatchObject({ isValid: false });
    }
    expect(await validate({ action: "change-password", actionCode: "pay" })).toMatchObject({ status: 400 });
  });

  it("T55: takes nothing that a removed authenticator has approved for an approval, by token or by key", async () => {
    const token = await result("alice");
    const key = { userId: "alice", action: "change-password", idempotencyKey: "alice-change-password" };
    expect(await harness.sdk.getAction(key)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
    const [app] = await harness.engine.authenticators.list("alice");
    const userAuthenticatorId = app?.userAuthenticatorId ?? "";
    await harness.sdk.deleteAuthenticator({ userId: "alice", userAuthenticatorId });
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state: "BLOCK" });
    expect(await harness.sdk.getAction(key)).toMatchObject({ state: "BLOCK" });
  });

  it("T9: tells of an open challenge that it is open", async () => {
    const token = await challenge("alice");
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
      userId: "alice",
      action: "change-password",
    });
  });

  it("T1: gives each of three users only their own result", async () => {
    const users = ["alice", "Alice", "alice "];
    const tokens = new Map<string, string>();
    for (const user of users) tokens.set(user, await result(user));
    for (const userId of users) {
      for (const [owner, token] of tokens) {
        const { isValid } = await harness.sdk.validateChallenge({ token, userId });
        expect(isValid, `${userId} with the token of ${owner}`).toBe(userId === owner);
      }
    }
  });

  it.each(["", " ", "alic", "alice\0", "a".repeat(300), "\ud800"])("T1: no user is %j", async (userId) => {
    const { status, json } = await harness.call("POST", "/validate", { token: await result("alice"), userId });
    expect([status, json]).toEqual([200, { isValid: false, error: "invalid_token" }]);
  });

  it("T2: gives each action only its own result", async () => {
    const actions = ["withdraw-funds", "change-password"];
    const tokens = new Map<string, string>();
    for (const action of actions) tokens.set(action, await result("alice", action));
    for (const action of [...actions, "withdraw", "Withdraw-Funds", "withdraw-funds ", "withdraw-funds\u0301"]) {
      for (const [owner, token] of tokens) {
        const { isValid } = await harness.sdk.validateChallenge({ token, action, userId: "alice" });
        expect(isValid, `${action} with the token of ${owner}`).toBe(action === owner);
      }
    }
  });

  it.each([
    ["another issuer", { issuer: "https://other.example" }],
    ["other secrets", { secrets: ["a secret of another environment, 32 bytes"] }],
  ])("T3: refuses a token of %s", async (_what, engine) => {
    const other = await createHarness({ engine });
    await enrollApp(other, "alice");
    const attributes = { idempotencyKey: "alice-change-password" };
    const { token } = await other.sdk.track({ userId: "alice", action: "change-password", attributes });
    const foreign = await completeChallenge(other, token);
    await result("alice");
    expect(await harness.sdk.validateChallenge({ token: foreign })).toMatchObject({ isValid: false });
    await other.close();
  });

  it("answers 200 for what is no token", async () => {
    const token = await result("alice");
    const forged = [`${token}x`, token.slice(0, -1), ` ${token}`, token.replace(/\.[^.]*$/, "."), unsigned("alice")];
    for (const garbage of ["x", "a.b.c", "null", "__proto__", "x".repeat(5000), ...forged]) {
      const { status, json } = await harness.call("POST", "/validate", { token: garbage });
      expect([status, json.isValid], garbage.slice(0, 40)).toEqual([200, false]);
      expect(json).not.toHaveProperty("state");
    }
  });

  it("says of an expired token that it is", async () => {
    const token = await result("alice");
    harness.clock.advance(60 * minute);
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, error: "expired_token" });
  });

  it("says nothing of a result whose approval was withdrawn but that it is not valid", async () => {
    const token = await result("alice");
    const key = { userId: "alice", action: "change-password", idempotencyKey: "alice-change-password" };
    await harness.engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
    expect(await harness.sdk.validateChallenge({ token })).toMatchObject({ isValid: false });
  });

  it("T12: is never valid in answer to a token of an action without a challenge", async () => {
    for (const action of ["sign-in", "use-list", "close-account"]) {
      const token = unsigned("alice", action);
      await harness.sdk.track({ userId: "alice", action, attributes: { idempotencyKey: "key" } });
      expect((await harness.sdk.validateChallenge({ token })).isValid).toBe(false);
    }
  });
});

function unsigned(userId: string, action = "change-password"): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const other = { userId, actionCode: action, idempotencyKey: "key" };
  return `${part({ alg: "none", typ: "require-action.result+jwt" })}.${part({ sub: userId, other })}.`;
}
