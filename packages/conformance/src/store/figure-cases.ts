import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { FigureRecord, FigureTallies, FigureUnit } from "@require-action/engine/figures";
import type { ActionRecord } from "@require-action/engine/store";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeEvent, plain, START, type StoreHarness } from "./store-harness.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

function makeFigures(unit: FigureUnit, at: number, hits = 1): FigureRecord {
  const rules = { 'it"s': { hits, asked: 0, passed: 0 } };
  const challenges = { asked: 0, passed: 0, failed: 0 };
  const pay = { outcomes: { ALLOW: hits }, challenges, methods: {}, rules, decisions: { "0": hits }, sends: {} };
  return { unit, at, countedAt: START, actions: { pay }, locks: { authenticator: 0, user: 0, address: 0 } };
}

/** As counted: in no order. */
function sorted({ actions, events }: FigureTallies): unknown {
  const texts = (all: readonly object[]): readonly string[] =>
    all
      .map((one) => JSON.stringify(Object.entries(plain(one) as object).toSorted(([a], [b]) => (a < b ? -1 : 1))))
      .toSorted();
  return [texts(actions), texts(events)];
}

async function add(store: Store, key: string, change: Partial<ActionRecord>): Promise<void> {
  const action = makeAction(key, change);
  const { userId, action: code, actionId, createdAt: at, outcome } = action;
  await store.record(action, undefined, makeEvent({ userId, action: code, actionId, at, outcome }));
}

/** What figures are counted with. */
export const figureCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "of many who would count at once it is the turn of one, until it has counted or its turn has ended",
    async run(subject) {
      const { store, other } = subject;
      const turns = await atOnce(subject, 6, (one) => one.takeFigures(START, START + 60 * SECOND));
      assert.deepEqual(plain(turns.filter((mark) => mark !== undefined)), [{ through: 0, version: 0 }]);
      assert.equal(await other.takeFigures(START + 60 * SECOND - 1, START + 120 * SECOND), undefined);
      assert.notEqual(await other.takeFigures(START + 60 * SECOND, START + 120 * SECOND), undefined);
      const mark = { through: START, version: 0, until: START + 61 * SECOND, oldestHour: 0 };
      assert.equal(await store.putFigures([], mark), true);
      assert.deepEqual(plain(await other.takeFigures(START + 61 * SECOND, START + 90 * SECOND)), {
        through: START,
        version: 1,
      });
    },
  },
  {
    title: "of counts that went on from one mark one is kept, as a whole, and takes the place of what was there",
    async run(subject) {
      const { store, other } = subject;
      await store.takeFigures(START, START);
      const before = { through: START, version: 0, until: START, oldestHour: 0 };
      assert.equal(await store.putFigures([makeFigures("hour", START), makeFigures("day", START)], before), true);
      const puts = await atOnce(subject, 6, (one, index) =>
        one.putFigures([makeFigures("hour", START, 10 + index), makeFigures("hour", START + HOUR, 10 + index)], {
          ...before,
          version: 1,
        }),
      );
      assert.equal(puts.filter(Boolean).length, 1);
      const kept = 10 + puts.indexOf(true);
      assert.deepEqual(plain(await other.listFigures({ unit: "hour", from: START, before: START + 2 * HOUR })), [
        makeFigures("hour", START, kept),
        makeFigures("hour", START + HOUR, kept),
      ]);
      assert.deepEqual(plain(await other.listFigures({ unit: "day", from: 0, before: START + 1, mayLag: true })), [
        makeFigures("day", START),
      ]);
      assert.deepEqual(await other.listFigures({ unit: "hour", from: START + 1, before: START + HOUR }), []);
      assert.equal(await store.putFigures([], { ...before, version: 2, oldestHour: START + 1 }), true);
      assert.deepEqual(plain(await store.listFigures({ unit: "hour", from: 0, before: START + 2 * HOUR })), [
        makeFigures("hour", START + HOUR, kept),
      ]);
      assert.equal((await store.listFigures({ unit: "day", from: 0, before: START + 1 })).length, 1);
    },
  },
  {
    title: "counts what was tracked within a time, by what has become of it since",
    async run({ store, other }) {
      const rules = ["b", 'a",'].map((ruleId) => ({ ruleId, name: ruleId }));
      const [from, before] = [START, START + HOUR];
      await add(store, "early", { createdAt: from - 1, outcome: "ALLOW", state: "ALLOW" });
      await add(store, "late", { createdAt: before, outcome: "ALLOW", state: "ALLOW" });
      for (const key of ["1", "2"]) {
        await add(store, key, { createdAt: from, outcome: "ALLOW", state: "ALLOW", rules, decidedInMs: 3 });
      }
      await add(store, "3", { action: "a'b", createdAt: before - 1, outcome: "BLOCK", state: "BLOCK" });
      await add(store, "4", { createdAt: before - 1 });
      const key = { userId: "alice", action: "pay", idempotencyKey: "4" };
      const about = { userId: "alice", action: "pay", actionId: "id-4" };
      for (const verificationMethod of ["EMAIL_OTP", "EMAIL_OTP", "SMS"]) {
        await store.appendEvent(makeEvent({ type: "challenge.sent", at: before, verificationMethod, ...about }));
      }
      await store.appendEvent(
        makeEvent({ type: "challenge.refused", at: before, verificationMethod: "PASSKEY", ...about }),
      );
      // Of an action that was not challenged, and of no method.
      await store.appendEvent(
        makeEvent({ type: "challenge.sent", at: from, verificationMethod: "SMS", action: "pay", actionId: "id-1" }),
      );
      await store.appendEvent(makeEvent({ type: "challenge.refused", at: from, ...about }));
      await store.appendEvent(makeEvent({ type: "user.locked", at: before - 1 }));
      await store.appendEvent(makeEvent({ type: "user.locked", at: before }));
      await store.appendEvent(makeEvent({ type: "user.unlocked", at: from }));
      const moved = { key, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at: before + 61_999 } as const;
      await store.transition(
        { ...moved, verificationMethod: "SMS" },
        makeEvent({ type: "action.transitioned", at: moved.at, ...about }),
      );

      const allowed = { action: "pay", outcome: "ALLOW", state: "ALLOW" } as const;
      const tried = { type: "challenge.tried", action: "pay", count: 1 } as const;
      assert.deepEqual(
        sorted(await other.tallyFigures(from, before)),
        sorted({
          actions: [
            { ...allowed, decidedInMs: 3, ruleIds: ["b", 'a",'], count: 2 },
            { action: "a'b", outcome: "BLOCK", state: "BLOCK", ruleIds: [], count: 1 },
            {
              action: "pay",
              outcome: "CHALLENGE",
              state: "CHALLENGE_SUCCEEDED",
              verificationMethod: "SMS",
              tookSeconds: 62,
              ruleIds: [],
              count: 1,
            },
          ],
          events: [
            { type: "challenge.sent", action: "pay", verificationMethod: "SMS", count: 1 },
            { type: "user.locked", count: 1 },
            { ...tried, verificationMethod: "EMAIL_OTP" },
            { ...tried, verificationMethod: "SMS" },
            { ...tried, verificationMethod: "PASSKEY" },
          ],
        }),
      );
      assert.deepEqual(plain(await other.tallyFigures(from - 2 * HOUR, from - HOUR)), { actions: [], events: [] });
    },
  },
  {
    title: "finds the hours of the actions that events of a time are about",
    async run({ store, other }) {
      const hour = Math.floor(START / HOUR) * HOUR;
      await add(store, "1", { createdAt: hour - 30 * 24 * HOUR });
      await add(store, "2", { createdAt: hour - 1 });
      await add(store, "3", { createdAt: hour - HOUR });
      await add(store, "4", { createdAt: hour - 3 * HOUR });
      const happened = (actionId: string, at: number): Promise<void> =>
        store.appendEvent(makeEvent({ type: "result.fetched", actionId, at }));
      await happened("id-1", hour + 10);
      await happened("id-2", hour + 10);
      await happened("id-3", hour + 19);
      await happened("id-4", hour + 9);
      await happened("id-4", hour + 20);
      await happened("unknown", hour + 10);
      const found = await other.listTouchedHours(hour + 10, hour + 20);
      assert.deepEqual(
        [...found].toSorted((one, two) => one - two),
        [hour - 30 * 24 * HOUR, hour - HOUR],
      );
      assert.deepEqual(await other.listTouchedHours(hour + 21, hour + 30), []);
    },
  },
  {
    title: "counts open reviews by their age, and none that has ended",
    async run({ store, other }) {
      const review = { expiresAt: START + 10 * HOUR };
      const open = { outcome: "REVIEW", state: "REVIEW_REQUIRED", review } as const;
      await add(store, "1", { ...open });
      await add(store, "2", { ...open, createdAt: START + 1 });
      await add(store, "3", { ...open, action: "other", createdAt: START - HOUR });
      await add(store, "4", { ...open, review: { expiresAt: START + HOUR } });
      await add(store, "5", { ...open, state: "REVIEW_SUCCEEDED" });
      await add(store, "6", { outcome: "ALLOW", state: "ALLOW" });
      const found = await other.tallyOpenReviews(START + HOUR);
      const byAge = (one: { readonly ageHours: number }, two: { readonly ageHours: number }): number =>
        one.ageHours - two.ageHours;
      assert.deepEqual([...found].toSorted(byAge).map(plain), [
        { action: "pay", ageHours: 0, count: 1 },
        { action: "pay", ageHours: 1, count: 1 },
        { action: "other", ageHours: 2, count: 1 },
      ]);
    },
  },
];
