import { describe, expect, it } from "vitest";
import type { ActionState } from "../src/provider.ts";
import {
  approvedOf,
  type Ask,
  bodyOf,
  createHarness,
  earnToken,
  type Harness,
  lastKey,
  replyOf,
  type Route,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const INVALID = "403 action_token_invalid";
const REASON = "a sealed key resumes reviews only: the challenge's result went to the browser that completed it";

/** Has a thief ask, who keeps the key, and the user approve on a device of their own, whose token this answers. */
async function phish(harness: Harness, route: Route, ask: Ask = {}): Promise<{ key: string; token: string }> {
  harness.provider.answerNext("CHALLENGE_REQUIRED");
  const { idempotencyKey: key, token } = bodyOf(await route(ask));
  return { key, token: harness.provider.completeChallenge(token, { verificationMethod: "PASSKEY" }) };
}

describe("T55: a thief who asked and kept the key, once the user approved elsewhere", () => {
  it.each<readonly [string, Partial<Parameters<typeof createHarness>[0]>, Ask]>([
    ["a stolen cookie", {}, {}],
    ["a stolen cookie, approvals tied to its session", { session: ({ session }) => session }, { session: "s1" }],
    ["a stolen bearer token, with RFC 9470 replies", { profile: "rfc9470" }, {}],
    ["a provider that fails open", { onUnavailable: "allow" }, {}],
  ])("by %s: gets nothing, and the browser that proved it gets the one run", async (_by, options, given) => {
    const harness = createHarness(options);
    const route = harness.route();
    const ask = { user: "alice", body: { ...WITHDRAWAL }, ...given };
    const { key, token } = await phish(harness, route, ask);
    for (let time = 0; time < 3; time++) expect(summaryOf(await route({ ...ask, token: key }))).toBe(INVALID);
    expect(summaryOf(await route({ ...ask, token }))).toBe("proceed");
    expect(summaryOf(await route({ ...ask, token: key }))).toBe(INVALID);
  });

  it.each([
    ["nothing is bound", { bind: "none" as const }],
    ["the handler claims", { claim: "handler" as const }],
    ["methods are named", { verificationMethods: ["PASSKEY"] as const }],
  ])("gets nothing where %s", async (_what, options) => {
    const harness = createHarness();
    const route = harness.route(options);
    const { key } = await phish(harness, route);
    expect(summaryOf(await route({ token: key }))).toBe(INVALID);
  });

  it("gets nothing off HTTP", async () => {
    const harness = createHarness();
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    const call = { user: "alice", bound: { amount: "10.00" } };
    const asked = await harness.guard.run("withdraw-funds", call, () => "done");
    if (asked.kind !== "challenge_required") throw new Error(asked.kind);
    const token = harness.provider.completeChallenge(asked.idempotencyKey);
    const again = (proof: string) => harness.guard.run("withdraw-funds", { ...call, token: proof }, () => "done");
    expect(await again(asked.idempotencyKey)).toMatchObject({ kind: "refused", code: "action_token_invalid" });
    expect(await again(token)).toMatchObject({ kind: "done", value: "done" });
  });

  it("gets nothing of an action that a fallback decided", async () => {
    const standby = createHarness().provider;
    const harness = createHarness({ onUnavailable: { provider: Object.assign(standby, { name: "standby" }) } });
    harness.provider.override("track", () => Promise.reject(new Error("down")));
    const route = harness.route();
    standby.answerNext("CHALLENGE_REQUIRED");
    const { idempotencyKey } = bodyOf(await route());
    standby.completeChallenge(idempotencyKey);
    expect(summaryOf(await route({ token: idempotencyKey }))).toBe(INVALID);
  });

  it("receives what any bad token receives; the event says what it was", async () => {
    const harness = createHarness();
    const route = harness.route();
    const { key } = await phish(harness, route);
    const [refused, forged] = [replyOf(await route({ token: key })), replyOf(await route({ token: "forged" }))];
    expect(refused).toEqual(forged);
    const reasons = harness.events.flatMap((event) => (event.type === "refusal" ? [event.reason] : []));
    expect(reasons.at(-2)).toBe(REASON);
    expect(reasons.at(-1)).not.toBe(REASON);
  });
});

describe("T55: who gets a result, by what they present and where the action is", () => {
  it.each<readonly [ActionState, byToken: string, byKey: string]>([
    ["CHALLENGE_SUCCEEDED", "challenge", INVALID],
    ["REVIEW_SUCCEEDED", "review", "review"],
    ["CHALLENGE_REQUIRED", "403 challenge_incomplete", "403 challenge_incomplete"],
    ["CHALLENGE_FAILED", "403 challenge_failed", "403 challenge_failed"],
    ["REVIEW_REQUIRED", "202 review_required", "202 review_required"],
    ["REVIEW_FAILED", "403 review_rejected", "403 review_rejected"],
    ["BLOCK", "403 action_blocked", "403 action_blocked"],
    ["ALLOW", INVALID, INVALID],
  ])("%s: %s by a result token, %s by a sealed key", async (state, byToken, byKey) => {
    for (const [presented, expected] of [
      ["token", byToken],
      ["key", byKey],
    ] as const) {
      const harness = createHarness();
      const route = harness.route();
      await earnToken(harness, route);
      const idempotencyKey = lastKey(harness);
      harness.provider.override("getAction", () => ({ state, verificationMethod: "PASSKEY" }));
      harness.provider.override("validateChallenge", ({ userId, action }) => ({
        isValid: true,
        state,
        userId,
        action,
        idempotencyKey,
      }));
      const verdict = await route({ token: presented === "key" ? idempotencyKey : "result" });
      expect(verdict.kind === "proceed" ? approvedOf(verdict).ground : summaryOf(verdict)).toBe(expected);
    }
  });

  it.each<readonly [ActionState, string]>([
    ["CHALLENGE_FAILED", "403 action_denied_by_user"],
    ["CHALLENGE_REQUIRED", "403 challenge_incomplete"],
    ["BLOCK", "403 action_blocked"],
  ])("%s, with a word that the user has denied it: %s", async (state, expected) => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route);
    harness.provider.override("getAction", () => ({ state, deniedByUser: true }));
    expect(summaryOf(await route({ token: lastKey(harness) }))).toBe(expected);
  });

  it("a challenge that a person had to review after it runs by its key: the reviewer decided", async () => {
    const harness = createHarness();
    const route = harness.route();
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    const { idempotencyKey } = bodyOf(await route());
    harness.provider.override("getAction", () => ({ state: "REVIEW_REQUIRED" }));
    expect(summaryOf(await route({ token: idempotencyKey }))).toBe("202 review_required");
    harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    expect(approvedOf(await route({ token: idempotencyKey })).ground).toBe("review");
  });

  it("an open challenge says which action it is, and the methods that its route accepts", async () => {
    const harness = createHarness();
    const route = harness.route({ verificationMethods: ["PASSKEY"] });
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = bodyOf(await route());
    expect(bodyOf(await route({ token }))).toMatchObject({
      code: "challenge_incomplete",
      action: "withdraw-funds",
      state: "CHALLENGE_REQUIRED",
      verificationMethods: ["PASSKEY"],
    });
  });
});
