import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { OutboxRecord } from "@require-action/engine/store";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeAuthenticator, makeEvent, START, type StoreHarness } from "./store-harness.ts";

const LEASE_MS = 60;

function makeNews(eventId: string, change: Partial<OutboxRecord> = {}): OutboxRecord {
  return {
    eventId,
    type: "authenticator.created",
    createdAt: START,
    dueAt: START,
    expiresAt: START + 1_000,
    attempts: 0,
    data: { userId: "alice", email: "a@bank.example", nested: { odd: 'a"b' } },
    ...change,
  };
}

const activation = { onlyIfFirst: false, replacesOthers: false, verifiedAt: START, changes: {} };

/** Puts news into the outbox, with authenticators that are enrolled. */
async function announce(store: Store, news: readonly OutboxRecord[], id = "1"): Promise<void> {
  const pending = makeAuthenticator(id);
  await store.addAuthenticator(pending, makeEvent());
  const active = await store.activateAuthenticator(pending, activation, makeEvent(), news);
  assert.notEqual(active, undefined);
}

const take = (store: Store, at: number, limit = 100) => store.takeOutbox(START + at, START + at + LEASE_MS, limit);
const idsOf = (news: readonly OutboxRecord[]): readonly string[] => news.map(({ eventId }) => eventId).toSorted();

/** The outbox. */
export const outboxCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "S16: news is there with the change that it is of, and as it was put there",
    async run({ store, other }) {
      await announce(store, [makeNews("created")]);
      assert.deepEqual(await take(other, 0), [makeNews("created", { dueAt: START + LEASE_MS, attempts: 1 })]);
      await other.settleOutbox("created");
      assert.equal(await store.deleteAuthenticator("alice", "1", makeEvent(), [makeNews("deleted")]), true);
      assert.deepEqual(idsOf(await take(other, 0)), ["deleted"]);
      await store.deleteUser("bob", makeEvent(), [makeNews("a"), makeNews("b")]);
      assert.deepEqual(idsOf(await take(other, 0)), ["a", "b"]);
    },
  },
  {
    title: "S16: news of a move is there with it, with the move's details, and once",
    async run({ store, other }) {
      const key = makeAction("k");
      await store.record(key, undefined, makeEvent());
      const denied = {
        key,
        from: "CHALLENGE_REQUIRED",
        to: "CHALLENGE_FAILED",
        at: START,
        deniedByUser: true,
      } as const;
      const event = makeEvent({ type: "challenge.denied_by_user", actionId: key.actionId });
      const moved = await store.transition(denied, event, [makeNews("denied")]);
      assert.equal(moved?.deniedByUser, true);
      assert.equal(await other.transition(denied, event, [makeNews("again")]), undefined);
      assert.deepEqual(idsOf(await take(other, 0)), ["denied"]);
      assert.equal((await other.listEvents({ actionId: key.actionId, limit: 10 })).items.length, 1);
    },
  },
  {
    title: "S16: no news is there of a change that was not made",
    async run({ store, other }) {
      const pending = makeAuthenticator("1");
      await store.addAuthenticator(pending, makeEvent());
      const changed = { ...pending, version: 7 };
      assert.equal(await store.activateAuthenticator(changed, activation, makeEvent(), [makeNews("x")]), undefined);
      assert.equal(await store.deleteAuthenticator("alice", "2", makeEvent(), [makeNews("y")]), false);
      assert.deepEqual(await take(other, 0), []);
    },
  },
  {
    title: "S16: news of one id is there once",
    async run({ store, other }) {
      await announce(store, [makeNews("a")]);
      await store.deleteAuthenticator("alice", "1", makeEvent(), [makeNews("a", { type: "other" }), makeNews("b")]);
      assert.deepEqual(idsOf(await take(other, 0)), ["a", "b"]);
    },
  },
  {
    title: "S16: news is taken by one, however many take at once, until its time is up",
    async run(subject) {
      const { store, other } = subject;
      const news = Array.from({ length: 30 }, (_, index) => makeNews(`n${String(index)}`));
      await announce(store, news);
      const taken = await atOnce(subject, 12, (one) => take(one, 0, 5));
      const ids = taken.flatMap(idsOf);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(taken.every(({ length }) => length <= 5));
      for (let round = 0; round < 6; round++) ids.push(...idsOf(await take(other, LEASE_MS - 1, 5)));
      assert.deepEqual(ids.toSorted(), idsOf(news));
      const again = await take(store, 2 * LEASE_MS);
      assert.deepEqual(idsOf(again), idsOf(news));
      assert.ok(again.every(({ attempts }) => attempts === 2));
    },
  },
  {
    title: "S16: what is due longest is taken first, and nothing that is not due or has expired",
    async run({ store, other }) {
      await announce(store, [
        makeNews("later", { dueAt: START + 5 }),
        makeNews("latest", { dueAt: START + 9 }),
        makeNews("soon", { dueAt: START + 1 }),
        makeNews("expired", { expiresAt: START + 6 }),
      ]);
      assert.deepEqual(idsOf(await take(other, 6, 1)), ["soon"]);
      assert.deepEqual(idsOf(await take(other, 6)), ["later"]);
      assert.deepEqual(idsOf(await take(other, 9)), ["latest"]);
    },
  },
  {
    title: "S16: news is gone when it was delivered, and due again when it was not",
    async run({ store, other }) {
      await announce(store, [makeNews("a"), makeNews("b")]);
      await take(store, 0);
      await other.settleOutbox("a");
      await other.settleOutbox("b", START + 500);
      await other.settleOutbox("unknown");
      await other.settleOutbox("unknown", START);
      assert.deepEqual(await take(store, 499), []);
      const [again, ...others] = await take(store, 500);
      assert.deepEqual([again?.eventId, again?.attempts, others.length], ["b", 2, 0]);
      // A reply that was lost is asked for again.
      await store.settleOutbox("b");
      await store.settleOutbox("b");
      assert.deepEqual(await take(other, 900), []);
    },
  },
  {
    title: "S16: news of no other step is there once, and is other news under its id when it is settled with data",
    async run(subject) {
      const { store, other } = subject;
      const lasting = makeNews("log", { expiresAt: Number.MAX_SAFE_INTEGER, data: { from: START, old: true } });
      await atOnce(subject, 4, (one) => one.putOutbox(lasting));
      assert.equal((await take(other, 0)).length, 1);
      const data = { from: START + 7 };
      await store.settleOutbox("log", START + 200, data);
      await other.putOutbox(lasting);
      assert.deepEqual(await take(store, 199), []);
      assert.deepEqual(await take(store, 200), [{ ...lasting, dueAt: START + 200 + LEASE_MS, attempts: 1, data }]);
      await store.settleOutbox("unknown", START, data);
      await store.settleOutbox("log");
      assert.deepEqual(await take(other, 9_000), []);
    },
  },
];
