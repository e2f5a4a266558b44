import { createMemoryStore } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, minute, never, remote, track } from "./harness.ts";

const day = 24 * 60 * minute;

describe("an action that the policy drops while it is open", () => {
  const kept = { actions: { "sign-in": { defaultOutcome: "ALLOW" } } } as const;

  it("T66: is not approved any more, neither by a reviewer, nor by its user, nor by the backend", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    const review = await track(engine, "alice", "close-account");
    const challenge = await track(engine, "alice");
    await engine.reloadPolicy(kept);
    const unknown = { reason: "action_unknown" };
    await expect(engine.reviews.approve(review.key, { reviewer: "rita" })).rejects.toMatchObject(unknown);
    const code = codeAt(shared, clock.now());
    await expect(engine.challenges.verify(challenge.token, "AUTHENTICATOR_APP", code)).rejects.toMatchObject(unknown);
    const by = { state: "CHALLENGE_SUCCEEDED", actor: "backend", verificationMethod: "PASSKEY" } as const;
    await expect(engine.actions.transition(challenge.key, by)).rejects.toMatchObject(unknown);
    await expect(engine.getAction(review.key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    await expect(engine.getAction(challenge.key, never)).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
    // Refusing it is still possible, and so is approving once the policy names it again.
    await expect(engine.reviews.reject(review.key, { reviewer: "rita" })).resolves.toMatchObject({
      state: "REVIEW_FAILED",
    });
  });

  it("is approved where the policy decides about unknown actions too", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await engine.reloadPolicy({ ...kept, unknownActions: "CHALLENGE" });
    await expect(engine.reviews.approve(key, { reviewer: "rita" })).resolves.toMatchObject({
      state: "REVIEW_SUCCEEDED",
    });
  });
});

describe("reviews", () => {
  it("shows what is to be decided", async () => {
    const { engine } = createHarness();
    const custom = { amount: "25000", payee: "bob" };
    const { key } = await track(engine, "alice", "withdraw-funds", { custom });
    await track(engine, "alice", "sign-in");
    const { items } = await engine.reviews.list();
    expect(items).toMatchObject([
      { ...key, state: "REVIEW_REQUIRED", attributes: { custom }, rules: [{ ruleId: "large", name: "Large amount" }] },
    ]);
  });

  it.each([
    ["approve", "REVIEW_SUCCEEDED"],
    ["reject", "REVIEW_FAILED"],
  ] as const)("%s makes it %s, with the reviewer and the note", async (verb, state) => {
    const { engine, clock, events } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    clock.advance(minute);
    await expect(engine.reviews[verb](key, { reviewer: "rita", note: "called her" })).resolves.toMatchObject({
      state,
      review: { reviewer: "rita", note: "called her", decidedAt: clock.now() },
    });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state });
    await expect(engine.reviews.list()).resolves.toEqual({ items: [] });
    expect(events.at(-1)).toMatchObject({ type: "action.transitioned", from: "REVIEW_REQUIRED", state, actor: "rita" });
  });

  it("T48: nobody reviews an action of their own", async () => {
    const { engine, events } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await expect(engine.reviews.approve(key, { reviewer: "alice" })).rejects.toMatchObject({
      reason: "self_review",
      status: 403,
    });
    await expect(engine.actions.transition(key, { state: "REVIEW_SUCCEEDED", actor: "alice" })).rejects.toMatchObject({
      reason: "self_review",
    });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    expect(events).toContainEqual(expect.objectContaining({ type: "review.refused", reason: "self_review" }));
  });

  it.each(["", "a\nb", "\ud800", undefined, 7])("T48: %j is no reviewer", async (reviewer) => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await expect(engine.reviews.approve(key, { reviewer: reviewer as string })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it.each(["a\0b", "a".repeat(2001), "\ud800", 7])("refuses %j for a note", async (note) => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await expect(engine.reviews.approve(key, { reviewer: "rita", note: note as string })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it("T48: of 50 approvals and 50 rejections at once, one decides", async () => {
    const { engine, events } = createHarness({ store: remote() });
    const { key } = await track(engine, "alice", "close-account");
    const decisions = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        engine.reviews[index % 2 === 0 ? "approve" : "reject"](key, { reviewer: `reviewer-${index}` }),
      ),
    );
    expect(decisions.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const decision of decisions) {
      if (decision.status === "rejected") expect(decision.reason).toMatchObject({ reason: "state_conflict" });
    }
    expect(events.filter(({ type }) => type === "action.transitioned")).toHaveLength(1);
  });

  it("T48: a decision stands", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await engine.reviews.reject(key, { reviewer: "rita" });
    await expect(engine.reviews.approve(key, { reviewer: "rob" })).rejects.toMatchObject({ reason: "state_conflict" });
  });

  it("T48: an action that is not under review cannot be approved", async () => {
    const { engine } = createHarness();
    for (const action of ["sign-in", "withdraw-funds"]) {
      const { key } = await track(engine, "alice", action);
      await expect(engine.reviews.approve(key, { reviewer: "rita" })).rejects.toMatchObject({
        reason: "state_conflict",
      });
    }
    await expect(
      engine.reviews.approve({ userId: "alice", action: "sign-in", idempotencyKey: "never" }, { reviewer: "rita" }),
    ).rejects.toMatchObject({ reason: "not_found" });
  });

  it("F30: is refused by itself when its time has passed", async () => {
    const { engine, clock, events } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    clock.advance(3 * day);
    await expect(engine.reviews.list()).resolves.toEqual({ items: [] });
    await expect(engine.reviews.approve(key, { reviewer: "rita" })).rejects.toMatchObject({ reason: "state_conflict" });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_FAILED" });
    expect(events.filter(({ reason }) => reason === "review_expired")).toHaveLength(1);
  });

  it("F30: is refused by itself also for one who only tracks again", async () => {
    const { engine, clock } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    clock.advance(3 * day);
    const { userId, action, idempotencyKey } = key;
    await expect(engine.track({ userId, action, attributes: { idempotencyKey } }, never)).rejects.toMatchObject({
      reason: "state_conflict",
    });
  });

  it("F30: times are stored: an engine started anew has 1,000 open reviews end when they should", async () => {
    const store = createMemoryStore();
    const first = createHarness({ store });
    const tracked = [];
    for (let index = 0; index < 1000; index++) {
      tracked.push(await track(first.engine, `user-${index}`, "close-account"));
      first.clock.advance(1000);
    }
    const { engine } = createHarness({ store, clock: first.clock });
    first.clock.advance(3 * day - 500_000);
    const states = await Promise.all(tracked.map(async ({ key }) => (await engine.getAction(key, never))?.state));
    expect(states.filter((state) => state === "REVIEW_FAILED")).toHaveLength(501);
    expect(states.indexOf("REVIEW_REQUIRED")).toBe(501);
  });

  it("F30: tells what expired from what was rejected, in lists, counts and what is recorded", async () => {
    const { engine, clock, events } = createHarness();
    const rejected = await track(engine, "alice", "close-account");
    await engine.reviews.reject(rejected.key, { reviewer: "rita", reason: "suspected_fraud", note: "called her" });
    const expired = await track(engine, "bob", "close-account");
    clock.advance(3 * day);
    const open = await track(engine, "carol", "close-account");
    const usersOf = async (status: "open" | "approved" | "rejected" | "expired") =>
      (await engine.reviews.list({ status })).items.map(({ userId }) => userId);
    const seen = async () => [
      await usersOf("open"),
      await usersOf("approved"),
      await usersOf("rejected"),
      await usersOf("expired"),
      await engine.reviews.count(),
    ];
    const all = [["carol"], [], ["alice"], ["bob"], { open: 1, approved: 0, rejected: 1, expired: 1 }];
    expect(await seen()).toEqual(all);
    const failed = async () =>
      (await engine.actions.query({ state: "REVIEW_FAILED" })).items.map(({ userId, state }) => [userId, state]);
    const both = [
      ["bob", "REVIEW_FAILED"],
      ["alice", "REVIEW_FAILED"],
    ];
    expect(await failed()).toEqual(both);
    // Whoever asks for it has its end recorded, and that changes nothing of this.
    const found = await engine.actions.find(expired.key);
    expect(found?.state).toBe("REVIEW_FAILED");
    expect(engine.reviews.status(found!)).toBe("expired");
    expect(engine.reviews.status((await engine.actions.find(rejected.key))!)).toBe("rejected");
    expect(engine.reviews.status((await engine.actions.find(open.key))!)).toBe("open");
    expect(await seen()).toEqual(all);
    expect(await failed()).toEqual(both);
    expect(events.filter(({ state }) => state === "REVIEW_FAILED")).toMatchObject([
      { actor: "rita", reason: "suspected_fraud", note: "called her" },
      { reason: "review_expired" },
    ]);
  });

  it("lists full pages of open reviews, however many have expired", async () => {
    const { engine, clock } = createHarness();
    for (let index = 0; index < 30; index++) await track(engine, `old-${index}`, "close-account");
    clock.advance(3 * day);
    for (let index = 0; index < 3; index++) await track(engine, `new-${index}`, "close-account");
    const page = await engine.reviews.list({ limit: 3 });
    expect(page.items).toHaveLength(3);
    expect(page.next).toBeUndefined();
    expect((await engine.actions.query({ state: "REVIEW_REQUIRED", limit: 3 })).items).toHaveLength(3);
  });

  it.each(["", "Fraud", "a b", "x".repeat(65), 7])("refuses %j for a reason", async (reason) => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await expect(engine.reviews.reject(key, { reviewer: "rita", reason: reason as string })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it("refuses a status that is none", async () => {
    const { engine } = createHarness();
    await expect(engine.reviews.list({ status: "closed" as "open" })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it("says who is looking, for five minutes, and lets anybody decide", async () => {
    const { engine, clock } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    const claim = { reviewer: "rita", until: clock.now() + 5 * minute };
    await expect(engine.reviews.claim(key, "rita")).resolves.toMatchObject({ reviewClaim: claim });
    await expect(engine.reviews.list()).resolves.toMatchObject({ items: [{ reviewClaim: claim }] });
    await expect(engine.reviews.claim(key, "sam")).rejects.toMatchObject({ reason: "state_conflict" });
    await engine.reviews.release(key, "sam");
    await expect(engine.reviews.claim(key, "sam")).rejects.toMatchObject({ reason: "state_conflict" });
    clock.advance(5 * minute);
    await engine.reviews.claim(key, "sam");
    await engine.reviews.release(key, "sam");
    await expect(engine.actions.find(key)).resolves.not.toHaveProperty("reviewClaim");
    await engine.reviews.claim(key, "sam");
    const decided = await engine.reviews.approve(key, { reviewer: "rita" });
    expect(decided).not.toHaveProperty("reviewClaim");
    await expect(engine.reviews.claim(key, "rita")).rejects.toMatchObject({ reason: "state_conflict" });
    await expect(engine.reviews.claim({ ...key, userId: "nobody" }, "rita")).rejects.toMatchObject({
      reason: "not_found",
    });
  });

  it("keeps what reviewers write in the trail of the action, decided or not", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "close-account");
    await engine.reviews.comment(key, { reviewer: "rita", note: "Left her a message." });
    await engine.reviews.approve(key, { reviewer: "sam", note: "She called back." });
    await engine.reviews.comment(key, { reviewer: "rita", note: "Good." });
    const { actionId } = (await engine.actions.find(key))!;
    const { items } = await engine.audit.query({ actionId });
    expect(items).toMatchObject([
      { type: "review.commented", actor: "rita", note: "Good." },
      { type: "action.transitioned", actor: "sam", note: "She called back." },
      { type: "review.commented", actor: "rita", note: "Left her a message." },
      { type: "action.tracked" },
    ]);
    for (const note of ["", "a\0b", "x".repeat(2001), 7 as never]) {
      await expect(engine.reviews.comment(key, { reviewer: "rita", note })).rejects.toMatchObject({
        reason: "request_invalid",
      });
    }
  });

  it("C66: keeps with a review what each rule asked for and its conditions, and with nothing else", async () => {
    const { engine } = createHarness();
    const { key } = await track(engine, "alice", "withdraw-funds", { custom: { amount: "25000" } });
    const { rules } = (await engine.actions.find(key))!;
    expect(rules).toMatchObject([{ ruleId: "large", type: "REVIEW", conditions: expect.any(Object) }]);
    const other = await track(engine, "alice", "withdraw-funds", { custom: { amount: "1" } });
    for (const rule of (await engine.actions.find(other.key))!.rules) expect(rule).not.toHaveProperty("conditions");
  });

  it("pages through the queue", async () => {
    const { engine } = createHarness();
    for (let index = 0; index < 5; index++) await track(engine, `user-${index}`, "close-account");
    const first = await engine.reviews.list({ limit: 3 });
    const second = await engine.reviews.list({ limit: 3, ...(first.next === undefined ? {} : { after: first.next }) });
    expect([...first.items, ...second.items].map(({ userId }) => userId)).toEqual([
      "user-0",
      "user-1",
      "user-2",
      "user-3",
      "user-4",
    ]);
    expect(second.next).toBeUndefined();
  });
});
