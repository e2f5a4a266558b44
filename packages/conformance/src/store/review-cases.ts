import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeEvent, plain, START, type StoreHarness } from "./store-harness.ts";

type ReviewFilter = Parameters<Store["listReviews"]>[0];
type ReviewStatus = ReviewFilter["status"];

/** A review that ends so many milliseconds after the start. */
function makeReview(key: string, ends: number, change: Partial<ActionRecord> = {}): ActionRecord {
  return makeAction(key, {
    outcome: "REVIEW",
    state: "REVIEW_REQUIRED",
    review: { expiresAt: START + ends },
    ...change,
  });
}

/** A review that somebody or the time has ended. */
function makeEnded(
  key: string,
  at: number,
  reviewer?: string,
  state: ActionRecord["state"] = "REVIEW_FAILED",
): ActionRecord {
  return makeReview(key, 10, {
    state,
    stateUpdatedAt: START + at,
    review: { expiresAt: START + 10, ...(reviewer === undefined ? {} : { reviewer, decidedAt: START + at }) },
  });
}

async function recordAll(store: Store, actions: readonly ActionRecord[]): Promise<void> {
  for (const action of actions) await store.record(action, undefined, makeEvent());
}

/** The keys of a list, page by page. */
async function keysOf(
  store: Store,
  filter: Omit<ReviewFilter, "after" | "limit">,
  limit = 2,
): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.listReviews({ ...filter, limit, ...(after === undefined ? {} : { after }) });
    assert.ok(page.items.length > 0 || page.next === undefined, "a page without an item says that there is more");
    keys.push(...page.items.map(({ idempotencyKey }) => idempotencyKey));
    after = page.next;
  } while (after !== undefined);
  return keys;
}

const claimOf = (reviewer: string, until: number) => ({ reviewer, until: START + until });

/** Reviews. */
export const reviewCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "reviews are listed by status: open ones by their end, the others by when they ended, page by page",
    async run({ store }) {
      await recordAll(store, [
        makeReview("late", 300),
        makeReview("soon", 101),
        makeReview("soon-too", 101),
        makeReview("overdue", 100),
        makeReview("long-overdue", 5),
        makeEnded("expired", 20),
        makeEnded("rejected", 30, "rita"),
        makeEnded("rejected-before", 25, "rita"),
        makeEnded("approved", 40, "rita", "REVIEW_SUCCEEDED"),
        makeAction("challenged"),
        makeAction("allowed", { state: "ALLOW" }),
        makeEnded("withdrawn", 50, "rita", "BLOCK"),
      ]);
      const listed = (status: ReviewStatus): Promise<readonly string[]> => keysOf(store, { status, now: START + 100 });
      assert.deepEqual(await listed("open"), ["soon", "soon-too", "late"]);
      assert.deepEqual(await listed("expired"), ["overdue", "expired", "long-overdue"]);
      assert.deepEqual(await listed("rejected"), ["rejected", "rejected-before"]);
      assert.deepEqual(await listed("approved"), ["approved"]);
    },
  },
  {
    title: "no page of open reviews is short of those that have expired",
    async run({ store }) {
      const overdue = Array.from({ length: 25 }, (_, index) => makeReview(`overdue-${index}`, index));
      await recordAll(store, [
        makeReview("first", 200),
        ...overdue,
        makeReview("second", 300),
        makeReview("third", 400),
      ]);
      const now = START + 100;
      const page = await store.listReviews({ status: "open", now, limit: 2 });
      assert.deepEqual(
        page.items.map(({ idempotencyKey }) => idempotencyKey),
        ["first", "second"],
      );
      const newest = await store.listActions({ state: "REVIEW_REQUIRED", now, limit: 3 });
      assert.deepEqual([newest.items.length, newest.next], [3, undefined]);
    },
  },
  {
    title: "an overdue review has failed for a list of actions that says when, and for no other",
    async run({ store }) {
      await recordAll(store, [
        makeEnded("rejected", 30, "rita"),
        makeEnded("expired", 20),
        makeReview("overdue", 50, { createdAt: START + 1 }),
        makeReview("open", 500, { createdAt: START + 2 }),
      ]);
      const listed = async (filter: Partial<Parameters<Store["listActions"]>[0]>): Promise<readonly string[]> => {
        const keys: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.listActions({ ...filter, limit: 1, ...(after === undefined ? {} : { after }) });
          keys.push(...page.items.map(({ idempotencyKey }) => idempotencyKey));
          after = page.next;
        } while (after !== undefined);
        return keys;
      };
      const now = START + 100;
      assert.deepEqual(await listed({ state: "REVIEW_FAILED", now }), ["overdue", "expired", "rejected"]);
      assert.deepEqual(await listed({ state: "REVIEW_FAILED", now, from: START + 1 }), ["overdue"]);
      assert.deepEqual(await listed({ state: "REVIEW_FAILED", now, userId: "bob" }), []);
      assert.deepEqual(await listed({ state: "REVIEW_REQUIRED", now }), ["open"]);
      assert.deepEqual(await listed({ state: "REVIEW_FAILED" }), ["expired", "rejected"]);
      assert.deepEqual(await listed({ state: "REVIEW_REQUIRED" }), ["open", "overdue"]);
    },
  },
  {
    title: "reviews are listed and counted by user and action, each count up to a figure",
    async run({ store }) {
      await recordAll(store, [
        makeReview("1", 200, { userId: "bob" }),
        makeReview("2", 201, { action: "close" }),
        makeReview("3", 202),
        makeReview("4", 50),
        makeEnded("5", 20),
        makeEnded("6", 30, "rita"),
        makeEnded("7", 40, "rita", "REVIEW_SUCCEEDED"),
      ]);
      const now = START + 100;
      assert.deepEqual(await keysOf(store, { status: "open", now, userId: "alice" }), ["2", "3"]);
      assert.deepEqual(await keysOf(store, { status: "open", now, codes: ["close", "pay"] }), ["1", "2", "3"]);
      assert.deepEqual(await keysOf(store, { status: "open", now, userId: "alice", codes: ["pay"] }), ["3"]);
      assert.deepEqual(await keysOf(store, { status: "open", now, codes: [] }), []);
      assert.deepEqual(plain(await store.countReviews({ now }, 100)), {
        open: 3,
        approved: 1,
        rejected: 1,
        expired: 2,
      });
      assert.deepEqual(plain(await store.countReviews({ now }, 1)), { open: 1, approved: 1, rejected: 1, expired: 1 });
      assert.deepEqual(plain(await store.countReviews({ now, userId: "bob" }, 100)), {
        open: 1,
        approved: 0,
        rejected: 0,
        expired: 0,
      });
      assert.equal((await store.countReviews({ now, codes: ["close"] }, 100)).open, 1);
      assert.equal((await store.countReviews({ now: START }, 100)).open, 4);
    },
  },
  {
    title: "a list of reviews refuses a cursor that is none",
    async run({ store }) {
      await recordAll(store, [makeReview("1", 200), makeReview("2", 200)]);
      for (const after of ["", "1", "x:1", "1:x", "1:2:3"]) {
        await assert.rejects(
          store.listReviews({ status: "open", now: START, limit: 1, after }),
          (error: { readonly reason?: string }) => error.reason === "request_invalid",
          after,
        );
      }
    },
  },
  {
    title: "T69: of two votes that come at once one is made, sixty times in sixty, and the other one sees it",
    async run(subject) {
      const at = START + 1;
      const vote = async (store: Store, action: ActionRecord, voteCount: number, reviewer: string) =>
        store.transition(
          {
            key: action,
            from: "REVIEW_REQUIRED",
            to: voteCount === 2 ? "REVIEW_SUCCEEDED" : "REVIEW_REQUIRED",
            at,
            ifVotes: voteCount - 1,
            review: { expiresAt: START + 200, voteCount, votes: [{ reviewer, at }] },
          },
          makeEvent(),
        );
      for (let round = 0; round < 60; round++) {
        const action = makeReview(`round-${round}`, 200);
        await recordAll(subject.store, [action]);
        const first = await atOnce(subject, 2, (store, index) => vote(store, action, 1, `reviewer-${index}`));
        assert.equal(first.filter((moved) => moved !== undefined).length, 1);
        assert.equal((await subject.other.findAction(action))?.review?.voteCount, 1);
        assert.equal(await vote(subject.store, action, 1, "late"), undefined);
        const last = await atOnce(subject, 2, (store, index) => vote(store, action, 2, `reviewer-${index}`));
        assert.equal(last.filter((moved) => moved !== undefined).length, 1);
        assert.equal((await subject.other.findAction(action))?.state, "REVIEW_SUCCEEDED");
      }
    },
  },
  {
    title: "an open review is claimed by one of many reviewers",
    async run(subject) {
      const action = makeReview("1", 200);
      await recordAll(subject.store, [action]);
      const claims = await atOnce(subject, 20, async (store, index) =>
        store.claimReview(action, claimOf(`reviewer-${index}`, 100), START),
      );
      const made = claims.filter((claim) => claim !== undefined);
      assert.equal(made.length, 1);
      const [claimed] = made;
      assert.deepEqual(plain({ ...claimed, reviewClaim: undefined }), { ...action, reviewClaim: undefined });
      assert.deepEqual(plain((await subject.other.findAction(action))?.reviewClaim), plain(claimed?.reviewClaim));
    },
  },
  {
    title: "a claim can be renewed and given up by its reviewer, and taken over once it has ended",
    async run({ store }) {
      const action = makeReview("1", 2000);
      await recordAll(store, [action]);
      const by = async (reviewer: string, until: number, now: number) =>
        plain((await store.claimReview(action, claimOf(reviewer, until), START + now))?.reviewClaim);
      assert.deepEqual(await by("rita", 100, 0), claimOf("rita", 100));
      assert.deepEqual(await by("rita", 200, 50), claimOf("rita", 200));
      assert.equal(await by("sam", 300, 199), undefined);
      // Given up by whoever has it, and by nobody else.
      assert.equal(await store.claimReview(action, claimOf("sam", 0), START + 60), undefined);
      assert.deepEqual(plain((await store.findAction(action))?.reviewClaim), claimOf("rita", 200));
      assert.deepEqual(await by("sam", 300, 200), claimOf("sam", 300));
      assert.deepEqual(plain(await store.claimReview(action, claimOf("sam", 0), START + 201)), action);
      assert.deepEqual(await by("rita", 400, 202), claimOf("rita", 400));
    },
  },
  {
    title: "a claim ends with its review, and none is made of what is not under review",
    async run({ store }) {
      const action = makeReview("1", 200);
      await recordAll(store, [action, makeAction("2")]);
      await store.claimReview(action, claimOf("rita", 100), START);
      const review = { expiresAt: START + 200, reviewer: "sam", reason: "known", decidedAt: START };
      await store.transition(
        { key: action, from: "REVIEW_REQUIRED", to: "REVIEW_SUCCEEDED", at: START, review },
        makeEvent(),
      );
      assert.deepEqual(plain(await store.findAction(action)), { ...action, state: "REVIEW_SUCCEEDED", review });
      for (const key of [action, makeAction("2"), makeAction("3")]) {
        assert.equal(await store.claimReview(key, claimOf("rita", 100), START), undefined);
      }
    },
  },
];
