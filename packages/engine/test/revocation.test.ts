import { createGuard, createMemoryLedger } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, minute, never, track } from "./harness.ts";

const blocked = { state: "BLOCK" };

describe("users.revoke", () => {
  it("T68: voids the open challenge, the approval that was not used, and the reviews, for every process", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ store });
    const { engine, clock, events } = harness;
    const other = createHarness({ store, clock }).engine;
    const secret = await enrollApp(harness, "alice");
    const approved = await track(engine, "alice");
    await engine.challenges.verify(approved.token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    clock.advance(minute);
    const open = await track(engine, "alice");
    const [review, decided] = [
      await track(engine, "alice", "close-account"),
      await track(engine, "alice", "close-account"),
    ];
    await engine.reviews.approve(decided.key, { reviewer: "rita" });
    await other.users.revoke("alice", { reason: "session_revoked" });

    for (const { key } of [approved, open, review, decided]) {
      await expect(engine.getAction(key, never)).resolves.toMatchObject(blocked);
    }
    const code = codeAt(secret, clock.now());
    await expect(engine.challenges.verify(open.token, "AUTHENTICATOR_APP", code)).rejects.toMatchObject({
      reason: "challenge_not_open",
    });
    await expect(engine.reviews.list()).resolves.toMatchObject({ items: [] });
    await expect(engine.reviews.approve(review.key, { reviewer: "rita" })).rejects.toThrow();
    expect(events.filter(({ reason }) => reason === "user_revoked").length).toBeGreaterThan(0);
  });

  it("T68: refuses the result token between approval and retry", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const guard = createGuard({
      provider: engine,
      ledger: createMemoryLedger({ clock }),
      sealSecrets: ["a secret of the seal, 32 bytes long"],
      user: () => "alice",
      clock,
    });
    let paid = 0;
    const pay = (token?: string) =>
      guard.action("withdraw-funds").run({ user: "alice", bound: { amount: "100" }, token }, () => ++paid);
    const challenged = await pay();
    if (challenged.kind !== "challenge_required") throw new Error("There was no challenge.");
    const code = codeAt(secret, clock.now());
    const { accessToken } = await engine.challenges.verify(challenged.token ?? "", "AUTHENTICATOR_APP", code);
    await engine.users.revoke("alice");
    await expect(pay(accessToken)).resolves.toMatchObject({ kind: "refused" });
    expect(paid).toBe(0);
  });

  it("leaves authenticators and what is begun later as they are", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    await engine.users.revoke("alice");
    clock.advance(minute);
    const { token, key } = await track(engine, "alice");
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("voids what was begun until a time, never moves that back, and is not after now", async () => {
    const { engine, clock } = createHarness();
    const first = await track(engine, "alice");
    clock.advance(minute);
    const between = clock.now();
    clock.advance(minute);
    const second = await track(engine, "alice");
    await engine.users.revoke("alice", { until: between });
    await expect(engine.getAction(first.key, never)).resolves.toMatchObject(blocked);
    await expect(engine.getAction(second.key, never)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
    await engine.users.revoke("alice", { until: clock.now() + 1_000_000 });
    await engine.users.revoke("alice", { until: between });
    await expect(engine.getAction(second.key, never)).resolves.toMatchObject(blocked);
    clock.advance(minute);
    const third = await track(engine, "alice");
    await expect(engine.getAction(third.key, never)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("ends sessions", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token, key } = await track(engine, "alice");
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    const { accessToken, refreshToken } = await engine.sessions.create({ ...key, clientId: "web" });
    await engine.users.revoke("alice");
    await expect(engine.sessions.validate({ accessToken })).rejects.toMatchObject({ reason: "token_invalid" });
    await expect(engine.sessions.refresh({ refreshToken })).rejects.toMatchObject({ reason: "token_invalid" });
  });

  it("is on record, also for a user who was never seen, and leaves other users alone", async () => {
    const { engine, events } = createHarness();
    const { key } = await track(engine, "bob");
    await engine.users.revoke("alice", { reason: "account_disabled" });
    expect(events.at(-1)).toMatchObject({
      type: "user.revoked",
      userId: "alice",
      actor: "backend",
      reason: "account_disabled",
    });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it.each([
    ["an empty id", ["", {}]],
    ["a time that is none", ["alice", { until: Number.NaN }]],
    ["a time before all", ["alice", { until: -1 }]],
    ["a reason with a line break", ["alice", { reason: "a\nb" }]],
    ["no options at all", ["alice", null]],
  ] as const)("refuses %s, and revokes nothing", async (_what, args) => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice");
    await expect(engine.users.revoke(...(args as unknown as [string]))).rejects.toMatchObject({
      reason: "request_invalid",
    });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });
});
