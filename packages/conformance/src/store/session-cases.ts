import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeEvent, makeSession, plain, START, type StoreHarness } from "./store-harness.ts";

const at = (time: number) => makeEvent({ type: "session.ended", at: START + time });

async function eventsOf({ listEvents }: Store): Promise<number> {
  return (await listEvents({ limit: 100 })).items.length;
}

/** Sessions. */
export const sessionCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "S15: a session is kept as it is, with its event",
    async run({ store, other }) {
      const session = makeSession("s");
      assert.equal(await store.putSession(session, at(0)), true);
      assert.deepEqual(await other.findSession("s"), session);
      assert.equal(await other.findSession("other"), undefined);
      assert.equal(await eventsOf(other), 1);
    },
  },
  {
    title: "S15: an action begins one session, however many begin one at once, and none after that has ended",
    async run(subject) {
      const { store } = subject;
      const put = (one: Store, index: number) => one.putSession(makeSession(`s${index}`, { actionId: "id" }), at(0));
      const kept = await atOnce(subject, 20, put);
      assert.equal(kept.filter(Boolean).length, 1);
      assert.equal(await eventsOf(store), 1);
      assert.equal(await store.endSession(`s${kept.indexOf(true)}`, at(1)), true);
      assert.equal(await put(store, 99), false);
    },
  },
  {
    title: "S15: a generation is refreshed once, however many refresh it at once",
    async run(subject) {
      const { store, other } = subject;
      await store.putSession(makeSession("s"), at(0));
      const refreshed = await atOnce(subject, 40, (one) => one.refreshSession("s", 1, at(1)));
      const [first, ...others] = refreshed.filter((one) => one !== undefined);
      assert.deepEqual(first, makeSession("s", { generation: 2, refreshedAt: START + 1 }));
      assert.deepEqual(others, []);
      assert.equal(await eventsOf(store), 2);
      assert.equal(await other.refreshSession("s", 3, at(1)), undefined);
      assert.equal((await other.refreshSession("s", 2, at(1)))?.generation, 3);
      assert.equal((await store.findSession("s"))?.generation, 3);
    },
  },
  {
    title: "S15: a session that has ended or expired is not refreshed",
    async run({ store, other }) {
      for (const id of ["ended", "expired"]) await store.putSession(makeSession(id), at(0));
      assert.equal(await other.endSession("ended", at(5)), true);
      assert.equal(await store.endSession("ended", at(6)), false);
      assert.equal(await store.endSession("unknown", at(6)), false);
      assert.equal((await store.findSession("ended"))?.endedAt, START + 5);
      assert.equal(await store.refreshSession("ended", 1, at(7)), undefined);
      assert.equal(await store.refreshSession("expired", 1, at(1_000)), undefined);
      assert.equal((await store.refreshSession("expired", 1, at(999)))?.generation, 2);
      assert.equal(await store.refreshSession("unknown", 1, at(1)), undefined);
      assert.equal(await eventsOf(store), 4);
    },
  },
  {
    title: "S15: all sessions of a user end, and nobody else's",
    async run({ store, other }) {
      for (const id of ["a", "b"]) await store.putSession(makeSession(id), at(0));
      await store.putSession(makeSession("bob", { userId: "bob" }), at(0));
      await other.endSessions("alice", at(5));
      assert.equal((await store.findSession("a"))?.endedAt, START + 5);
      assert.equal((await store.findSession("b"))?.endedAt, START + 5);
      assert.deepEqual(await store.findSession("bob"), makeSession("bob", { userId: "bob" }));
      assert.equal(await eventsOf(store), 4);
    },
  },
  {
    title: "S15: refreshing and ending at once leave nothing that can be refreshed",
    async run(subject) {
      const { store } = subject;
      await store.putSession(makeSession("s"), at(0));
      await atOnce<unknown>(subject, 20, (one, index) =>
        index % 4 < 2 ? one.endSessions("alice", at(1)) : one.refreshSession("s", 1, at(1)),
      );
      const { generation = 0, endedAt } = (await store.findSession("s")) ?? {};
      assert.equal(endedAt, START + 1);
      assert.equal(await store.refreshSession("s", generation, at(2)), undefined);
    },
  },
  {
    title: "T66: deleting a user ends the user's sessions",
    async run({ store, other }) {
      await store.putSession(makeSession("s"), at(0));
      await other.deleteUser("alice", makeEvent({ type: "user.deleted", at: START + 5 }));
      assert.equal((await store.findSession("s"))?.endedAt, START + 5);
      assert.equal(await store.putSession(makeSession("again", { actionId: "id-s" }), at(6)), false);
    },
  },
  {
    title: "S15: a user's live sessions are listed, oldest first, with all that they hold",
    async run({ store, other }) {
      const device = { kind: "device", userAuthenticatorId: "1" } as const;
      await store.putSession(makeSession("a"), at(0));
      await store.putSession(makeSession("b", { createdAt: START + 1, ...device }), at(1));
      await store.putSession(makeSession("ended"), at(0));
      await store.putSession(makeSession("expired", { expiresAt: START + 5 }), at(0));
      await store.putSession(makeSession("theirs", { userId: "bob" }), at(0));
      await store.endSession("ended", at(1));
      const listed = await other.listSessions("alice", START + 5);
      assert.deepEqual(plain(listed), [makeSession("a"), makeSession("b", { createdAt: START + 1, ...device })]);
      assert.deepEqual(await other.listSessions("nobody", START), []);
    },
  },
];
