import type { ActionState } from "@require-action/core/provider";
import { createMemoryStore, type Engine } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness, minute, never, track } from "./harness.ts";

const states: readonly ActionState[] = [
  "ALLOW",
  "BLOCK",
  "CHALLENGE_REQUIRED",
  "REVIEW_REQUIRED",
  "CHALLENGE_SUCCEEDED",
  "CHALLENGE_FAILED",
  "REVIEW_SUCCEEDED",
  "REVIEW_FAILED",
];

/** Written out here, so that a change of the table is seen. */
const legal: ReadonlySet<string> = new Set([
  "CHALLENGE_REQUIRED CHALLENGE_SUCCEEDED",
  "CHALLENGE_REQUIRED CHALLENGE_FAILED",
  "CHALLENGE_REQUIRED REVIEW_REQUIRED",
  "CHALLENGE_REQUIRED BLOCK",
  "REVIEW_REQUIRED REVIEW_SUCCEEDED",
  "REVIEW_REQUIRED REVIEW_FAILED",
  "REVIEW_REQUIRED BLOCK",
  "ALLOW BLOCK",
  "CHALLENGE_SUCCEEDED BLOCK",
  "REVIEW_SUCCEEDED BLOCK",
]);

const waysTo: Readonly<Record<ActionState, readonly [action: string, ...moves: ActionState[]]>> = {
  ALLOW: ["sign-in"],
  BLOCK: ["sign-in", "BLOCK"],
  CHALLENGE_REQUIRED: ["withdraw-funds"],
  REVIEW_REQUIRED: ["close-account"],
  CHALLENGE_SUCCEEDED: ["withdraw-funds", "CHALLENGE_SUCCEEDED"],
  CHALLENGE_FAILED: ["withdraw-funds", "CHALLENGE_FAILED"],
  REVIEW_SUCCEEDED: ["close-account", "REVIEW_SUCCEEDED"],
  REVIEW_FAILED: ["close-account", "REVIEW_FAILED"],
};

function move(engine: Engine, key: Parameters<Engine["actions"]["transition"]>[0], state: ActionState) {
  return engine.actions.transition(key, { state, actor: "operator", verificationMethod: "AUTHENTICATOR_APP" });
}

describe("transition", () => {
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))(
    "T10: from %s to %s, if legal",
    async (from, to) => {
      const { engine } = createHarness();
      const [action, ...moves] = waysTo[from];
      const { key } = await track(engine, "alice", action);
      for (const step of moves) await move(engine, key, step);
      const moved = move(engine, key, to);
      if (legal.has(`${from} ${to}`)) await expect(moved).resolves.toMatchObject({ state: to });
      else await expect(moved).rejects.toMatchObject({ reason: "transition_illegal" });
      await expect(engine.getAction(key, never)).resolves.toMatchObject({
        state: legal.has(`${from} ${to}`) ? to : from,
      });
    },
  );

  it("of many at once, one is made", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice");
    const moves = (["CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "BLOCK", "REVIEW_REQUIRED"] as const).map((state) =>
      move(engine, key, state),
    );
    const outcomes = await Promise.allSettled(moves);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("C73: to REVIEW_REQUIRED, for as long as the engine's limits say", async () => {
    const { engine, clock } = createHarness({ limits: { reviewLifetimeMs: 5 * minute } });
    const { key } = await track(engine, "alice");
    await move(engine, key, "REVIEW_REQUIRED");
    clock.advance(5 * minute - 1);
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    clock.advance(1);
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_FAILED" });
  });

  it("T17: to CHALLENGE_SUCCEEDED only by a method that the action accepts", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "change-password");
    for (const verificationMethod of [undefined, "EMAIL_OTP"]) {
      await expect(
        engine.actions.transition(key, {
          state: "CHALLENGE_SUCCEEDED",
          actor: "operator",
          ...(verificationMethod === undefined ? {} : { verificationMethod }),
        }),
      ).rejects.toMatchObject({ reason: "verification_method_not_allowed" });
    }
  });

  it("is in the audit trail, with who made it", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice");
    await move(engine, key, "BLOCK");
    const { items } = await engine.audit.query({ userId: "alice" });
    expect(items).toMatchObject([
      { type: "action.transitioned", from: "CHALLENGE_REQUIRED", state: "BLOCK", actor: "operator" },
      { type: "action.tracked", state: "CHALLENGE_REQUIRED", outcome: "CHALLENGE" },
    ]);
    expect(items[0]?.actionId).toBe(items[1]?.actionId);
  });

  it("needs an action, a state and an id of who makes it", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await expect(move(engine, { ...key, idempotencyKey: "never" }, "BLOCK")).rejects.toMatchObject({
      reason: "not_found",
    });
    await expect(move(engine, key, "toString" as ActionState)).rejects.toMatchObject({ reason: "request_invalid" });
    await expect(engine.actions.transition(key, { state: "BLOCK", actor: "" })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });
});

describe("query", () => {
  it("filters by user, code, state and time, newest first, in pages", async () => {
    const { engine, clock } = createHarness();
    for (const userId of ["alice", "bob"]) {
      for (const action of ["sign-in", "withdraw-funds"]) {
        await track(engine, userId, action);
        clock.advance(minute);
      }
    }
    const shown = async (query: Parameters<typeof engine.actions.query>[0]) =>
      (await engine.actions.query(query)).items.map(({ userId, action }) => `${userId} ${action}`);
    await expect(shown({})).resolves.toEqual([
      "bob withdraw-funds",
      "bob sign-in",
      "alice withdraw-funds",
      "alice sign-in",
    ]);
    await expect(shown({ userId: "alice", state: "ALLOW" })).resolves.toEqual(["alice sign-in"]);
    await expect(shown({ codes: ["sign-in"] })).resolves.toEqual(["bob sign-in", "alice sign-in"]);
    await expect(shown({ from: clock.now() - 2 * minute })).resolves.toEqual(["bob withdraw-funds", "bob sign-in"]);
    const { next = "" } = await engine.actions.query({ limit: 3 });
    await expect(shown({ limit: 3, after: next })).resolves.toEqual(["alice sign-in"]);
  });

  it.each([0, -1, 201, 1.5, Number.NaN])("refuses the limit %d", async (limit) => {
    const { engine } = createHarness();
    await expect(engine.actions.query({ limit })).rejects.toMatchObject({ reason: "request_invalid" });
  });

  it("shows a review that has ended as refused", async () => {
    const { engine, clock } = createHarness({ store: createMemoryStore() });
    await track(engine, "alice", "close-account");
    clock.advance(4 * 24 * 60 * minute);
    await expect(engine.actions.query()).resolves.toMatchObject({ items: [{ state: "REVIEW_FAILED" }] });
    await expect(engine.actions.query({ state: "REVIEW_REQUIRED" })).resolves.toEqual({ items: [] });
  });
});
