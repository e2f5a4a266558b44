import { UserActionState } from "@authsignal/node";
import { createMemoryStore } from "@require-action/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeChallenge, createHarness, enrollApp, type Harness, minute, refusal } from "./harness.ts";

const day = 24 * 60 * minute;
let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

async function track(action: string, idempotencyKey: string, custom: Record<string, string> = {}): Promise<string> {
  const { token } = await harness.sdk.track({ userId: "alice", action, attributes: { idempotencyKey, custom } });
  return token;
}

describe("getAction, by the official SDK", () => {
  it("tells state, times, method, and the rules that matched in the order of their priority", async () => {
    await enrollApp(harness, "alice");
    await track("withdraw-funds", "key", { amount: "5", payee: "mallory" });
    expect(await harness.sdk.getAction({ userId: "alice", action: "withdraw-funds", idempotencyKey: "key" })).toEqual({
      state: "BLOCK",
      createdAt: "2026-01-15T12:00:00.000Z",
      stateUpdatedAt: "2026-01-15T12:00:00.000Z",
      rules: [
        { ruleId: "blocked-payee", name: "Listed payee", description: "The payee is on the list" },
        { ruleId: "small", name: "Small amount" },
      ],
      ruleIds: ["blocked-payee", "small"],
      output: {},
    });
  });

  it("tells the method of a completed challenge", async () => {
    await enrollApp(harness, "alice");
    await completeChallenge(harness, await track("change-password", "key"));
    const key = { userId: "alice", action: "change-password", idempotencyKey: "key" };
    expect(await harness.sdk.getAction(key)).toMatchObject({
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "AUTHENTICATOR_APP",
      stateUpdatedAt: "2026-01-15T12:00:30.000Z",
    });
  });

  it("F30: tells a review that has expired from one that was rejected", async () => {
    const key = { userId: "alice", action: "close-account", idempotencyKey: "expired" };
    const rejected = { ...key, idempotencyKey: "rejected" };
    await track("close-account", key.idempotencyKey);
    await track("close-account", rejected.idempotencyKey);
    await harness.sdk.updateAction({ ...rejected, attributes: { state: UserActionState.REVIEW_FAILED } });
    harness.clock.advance(3 * day);
    expect(await harness.sdk.getAction(key)).toMatchObject({
      state: "REVIEW_FAILED",
      requireAction: { reviewExpired: true },
    });
    expect(await harness.sdk.getAction(rejected)).not.toHaveProperty("requireAction");
  });

  it("answers 404 for what was never tracked", async () => {
    const call = harness.sdk.getAction({ userId: "alice", action: "sign-in", idempotencyKey: "key" });
    expect(await refusal(call)).toMatchObject({ status: 404, code: "not_found" });
  });
});

describe("updateAction, by the official SDK", () => {
  const review = { userId: "alice", action: "close-account", idempotencyKey: "key" };

  it("decides a review", async () => {
    await track("close-account", "key");
    const attributes = { state: UserActionState.REVIEW_SUCCEEDED };
    expect(await harness.sdk.updateAction({ ...review, attributes })).toMatchObject({ state: "REVIEW_SUCCEEDED" });
    expect(await harness.sdk.getAction(review)).toMatchObject({ state: "REVIEW_SUCCEEDED" });
  });

  it("refuses an illegal transition, and changes nothing", async () => {
    await track("use-list", "key");
    const key = { ...review, action: "use-list" };
    for (const state of Object.values(UserActionState).filter((one) => one !== UserActionState.CHALLENGE_SUCCEEDED)) {
      const call = harness.sdk.updateAction({ ...key, attributes: { state } });
      expect(await refusal(call)).toMatchObject({ status: 409, code: "transition_illegal" });
    }
    expect((await harness.sdk.getAction(key)).state).toBe("BLOCK");
  });

  it("takes a success only with a method that the action accepts", async () => {
    await track("change-password", "key");
    const key = { ...review, action: "change-password" };
    const update = (verificationMethod?: string) => {
      const attributes = { state: UserActionState.CHALLENGE_SUCCEEDED, verificationMethod };
      return harness.sdk.updateAction({ ...key, attributes });
    };
    expect(await refusal(update())).toMatchObject({ status: 400, code: "invalid_request" });
    expect(await refusal(update("EMAIL_OTP"))).toMatchObject({ status: 403 });
    expect(await update("AUTHENTICATOR_APP")).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("lets one of many at once decide", async () => {
    await track("close-account", "key");
    const states = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? UserActionState.REVIEW_SUCCEEDED : UserActionState.REVIEW_FAILED,
    );
    const calls = states.map((state) => harness.sdk.updateAction({ ...review, attributes: { state } }));
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("moves from any state to any other with compat, and leaves a trace", async () => {
    const store = createMemoryStore();
    const compat = await createHarness({ store, server: { store, compat: true }, engine: { store } });
    const { sdk, engine } = compat;
    const states = Object.values(UserActionState);
    for (const from of states) {
      for (const to of states) {
        const key = { userId: "alice", action: "close-account", idempotencyKey: `${from}-${to}` };
        await sdk.track({ ...key, attributes: { idempotencyKey: key.idempotencyKey } });
        await sdk.updateAction({ ...key, attributes: { state: from } });
        expect(await sdk.updateAction({ ...key, attributes: { state: to } })).toMatchObject({ state: to });
        expect((await sdk.getAction(key)).state).toBe(to);
      }
    }
    const { items } = await engine.audit.query({ limit: 1 });
    expect(items[0]).toMatchObject({ type: "action.transitioned", actor: "backend", reason: "compat" });
    await compat.close();
  });
});

describe("queryUserActions, by the official SDK", () => {
  it("lists one user's actions of 30 days, the newest first, as Authsignal has them", async () => {
    const { sdk, clock } = harness;
    await track("sign-in", "too-old");
    clock.advance(30 * day - minute);
    const attributes = { idempotencyKey: "first", ipAddress: "203.0.113.7", userAgent: "Mozilla/5.0" };
    await sdk.track({ userId: "alice", action: "sign-in", attributes });
    await sdk.track({ userId: "bob", action: "sign-in" });
    clock.advance(2 * minute);
    await track("close-account", "second");
    const actions = await sdk.queryUserActions({ userId: "alice" });
    expect(actions.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["second", "first"]);
    expect(actions[1]).toEqual({
      actionCode: "sign-in",
      idempotencyKey: "first",
      createdAt: "2026-02-14T11:59:00.000Z",
      updatedAt: "2026-02-14T11:59:00.000Z",
      state: "ALLOW",
      stateUpdatedAt: "2026-02-14T11:59:00.000Z",
      ipAddress: "203.0.113.7",
      userAgent: "Mozilla/5.0",
    });
  });

  it("filters by codes, state and date", async () => {
    const { sdk, clock } = harness;
    for (const action of ["sign-in", "close-account", "use-list"]) await track(action, action);
    clock.advance(minute);
    await track("sign-in", "later");
    const keys = async (filter: object): Promise<string[]> =>
      (await sdk.queryUserActions({ userId: "alice", ...filter })).map(({ idempotencyKey }) => idempotencyKey);
    expect(await keys({ actionCodes: ["close-account", "use-list"] })).toEqual(["use-list", "close-account"]);
    expect(await keys({ state: "ALLOW" })).toEqual(["later", "sign-in"]);
    expect(await keys({ fromDate: "2026-01-15T12:01:00Z" })).toEqual(["later"]);
    expect(await keys({ fromDate: "1999-01-01" })).toHaveLength(4);
  });

  it("lists more than a page", async () => {
    for (let index = 0; index < 205; index++) await track("sign-in", `key-${index}`);
    expect(await harness.sdk.queryUserActions({ userId: "alice" })).toHaveLength(205);
  });

  it("is empty for somebody unheard of", async () => {
    expect(await harness.sdk.queryUserActions({ userId: "nobody" })).toEqual([]);
  });
});
