import { createMemoryStore, type EngineOptions, type Policy } from "@require-action/engine";
import { beforeEach, describe, expect, it } from "vitest";
import { createHarness, type Harness, minute, never, remote, track } from "./harness.ts";

const hour = 60 * minute;

function policyWith(review: NonNullable<Policy["actions"][string]["review"]>): Policy {
  return { actions: { "close-account": { defaultOutcome: "REVIEW", review } } };
}

/** Groups of reviewers, as an application's directory has them. */
let directory: Map<string, readonly string[]>;
beforeEach(() => {
  directory = new Map([
    ["rita", ["finance"]],
    ["ron", ["finance", "risk"]],
    ["rosa", ["risk"]],
    ["sam", []],
  ]);
});

function harnessWith(review: NonNullable<Policy["actions"][string]["review"]>, options: Partial<EngineOptions> = {}) {
  return createHarness({
    policy: policyWith(review),
    reviewerGroups: async (reviewer) => directory.get(reviewer),
    ...options,
  });
}

const by = (reviewer: string) => ({ reviewer, userIds: [] });
const ask = async ({ engine }: Harness) => (await track(engine, "alice", "close-account")).key;

describe("review.approvers", () => {
  it("T69: approves with the last of them, and not before", async () => {
    const harness = harnessWith({ approvers: 2, of: ["finance"] });
    const { engine, events } = harness;
    const key = await ask(harness);
    await expect(engine.reviews.approve(key, by("rita"))).resolves.toMatchObject({
      state: "REVIEW_REQUIRED",
      review: { votes: [{ reviewer: "rita" }] },
    });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    expect(events.at(-1)).toMatchObject({ type: "review.approved_by_one", actor: "rita" });
    await expect(engine.reviews.approve(key, by("ron"))).resolves.toMatchObject({
      state: "REVIEW_SUCCEEDED",
      review: { reviewer: "ron", votes: [{ reviewer: "rita" }, { reviewer: "ron" }] },
    });
  });

  it("T69: one person is one vote", async () => {
    const harness = harnessWith({ approvers: 2 });
    const key = await ask(harness);
    await harness.engine.reviews.approve(key, by("rita"));
    await expect(harness.engine.reviews.approve(key, by("rita"))).rejects.toMatchObject({ reason: "state_conflict" });
    await expect(harness.engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
  });

  it.each([
    ["in another group", "rosa"],
    ["in none", "sam"],
    ["unknown", "mallory"],
  ])("T69: a reviewer who is %s does not approve, and is on record", async (_what, reviewer) => {
    const harness = harnessWith({ of: ["finance"] });
    const key = await ask(harness);
    await expect(harness.engine.reviews.approve(key, by(reviewer))).rejects.toMatchObject({
      reason: "reviewer_not_allowed",
      status: 403,
    });
    expect(harness.events.at(-1)).toMatchObject({
      type: "review.refused",
      actor: reviewer,
      reason: "reviewer_not_allowed",
    });
    await expect(harness.engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
  });

  it("T69: the vote of somebody who was removed since, or moved, does not count", async () => {
    const harness = harnessWith({ approvers: 2, of: ["finance"] });
    const { engine } = harness;
    const key = await ask(harness);
    await engine.reviews.approve(key, by("rita"));
    directory.delete("rita");
    directory.set("rosa", ["finance"]);
    await expect(engine.reviews.approve(key, by("ron"))).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    await expect(engine.reviews.approve(key, by("rosa"))).resolves.toMatchObject({ state: "REVIEW_SUCCEEDED" });
  });

  it("T69: one rejection ends it, of any reviewer, whoever has approved", async () => {
    const harness = harnessWith({ approvers: 3 });
    const { engine } = harness;
    const key = await ask(harness);
    await engine.reviews.approve(key, by("rita"));
    await engine.reviews.approve(key, by("ron"));
    await expect(engine.reviews.reject(key, by("sam"))).resolves.toMatchObject({ state: "REVIEW_FAILED" });
    await expect(engine.reviews.approve(key, by("rosa"))).rejects.toMatchObject({ reason: "state_conflict" });
  });

  it("T69: the maker is none of them", async () => {
    const harness = harnessWith({ approvers: 2 });
    const key = await ask(harness);
    const maker = { reviewer: "rita", userIds: ["alice"] };
    await expect(harness.engine.reviews.approve(key, maker)).rejects.toMatchObject({ reason: "self_review" });
  });

  it("T69: the backend does not approve in their place", async () => {
    const harness = harnessWith({ approvers: 2 });
    const { engine } = harness;
    const key = await ask(harness);
    for (const state of ["REVIEW_SUCCEEDED", "REVIEW_REQUIRED"] as const) {
      await expect(engine.actions.transition(key, { state, actor: "ops" })).rejects.toMatchObject({
        reason: "transition_illegal",
      });
    }
  });

  it("T69: approves nothing while groups cannot be looked up, or the answer is none", async () => {
    for (const reviewerGroups of [
      () => Promise.reject(new Error("directory")),
      () => ["finance", 7] as never,
      () => "finance" as never,
      () => null as never,
    ]) {
      const harness = harnessWith({ of: ["finance"] }, { reviewerGroups });
      const key = await ask(harness);
      await expect(harness.engine.reviews.approve(key, by("rita"))).rejects.toMatchObject({
        reason: expect.stringMatching(/^(?:lookup_failed|reviewer_not_allowed)$/),
      });
      await expect(harness.engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
    }
  });

  it("T69: of votes that come at once none is lost, and one of them is the last", async () => {
    const store = remote(createMemoryStore());
    const harness = harnessWith({ approvers: 4 }, { store });
    const { engine } = harness;
    for (let round = 0; round < 20; round++) {
      const key = await ask(harness);
      const moved = await Promise.all(
        ["rita", "ron", "rosa", "sam"].map((one) => engine.reviews.approve(key, by(one))),
      );
      expect(moved.filter(({ state }) => state === "REVIEW_SUCCEEDED")).toHaveLength(1);
      expect((await engine.actions.find(key))?.review?.votes?.map(({ reviewer }) => reviewer).toSorted()).toEqual([
        "rita",
        "ron",
        "rosa",
        "sam",
      ]);
    }
  });

  it("ends by itself after the policy's time", async () => {
    const harness = harnessWith({ approvers: 2, timeout: "24h" });
    const { engine, clock } = harness;
    const key = await ask(harness);
    await engine.reviews.approve(key, by("rita"));
    clock.advance(24 * hour);
    await expect(engine.reviews.approve(key, by("ron"))).rejects.toMatchObject({ reason: "state_conflict" });
    await expect(engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_FAILED" });
  });

  it("holds as it was when the action was decided", async () => {
    const harness = harnessWith({ approvers: 2 });
    const { engine } = harness;
    const key = await ask(harness);
    await engine.reloadPolicy(policyWith({ approvers: 1 }));
    await expect(engine.reviews.approve(key, by("rita"))).resolves.toMatchObject({ state: "REVIEW_REQUIRED" });
  });

  it.each<readonly [what: string, review: object, path: string]>([
    ["no approvers", { approvers: 0 }, "approvers"],
    ["half of one", { approvers: 1.5 }, "approvers"],
    ["too many", { approvers: 11 }, "approvers"],
    ["no groups", { of: [] }, "of"],
    ["a group twice", { of: ["a", "a"] }, "of"],
    ["a time that is none", { timeout: "soon" }, "timeout"],
    ["a time that is too long", { timeout: "31d" }, "timeout"],
    ["a misspelt member", { aprovers: 2 }, "aprovers"],
  ])("refuses a policy with %s, with the path", (_what, review, path) => {
    expect(() => harnessWith(review as never)).toThrow(new RegExp(`close-account.*review.*${path}`, "s"));
  });

  it("refuses groups that nobody can tell", () => {
    expect(() => createHarness({ policy: policyWith({ of: ["finance"] }) })).toThrow(/review\.of.*reviewerGroups/s);
  });
});
