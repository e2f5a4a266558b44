import assert from "node:assert/strict";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeChallenge, makeEvent, START, type StoreHarness, TEXTS } from "./store-harness.ts";

const LIMIT = 5;
const WINDOW_MS = 1_000;

/** Challenges, attempts at them, and the audit trail. */
export const challengeCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "T5: a challenge is taken once, however many take it at once",
    async run(subject) {
      const challenge = makeChallenge("c");
      await subject.store.putChallenge(challenge, makeEvent());
      const taken = await atOnce(subject, 40, (store) => store.takeChallenge(challenge));
      assert.equal(taken.filter(Boolean).length, 1);
      assert.equal(await subject.store.findChallenge("id-1", "1", START), undefined);
    },
  },
  {
    title: "a challenge makes way for the next of the same action and authenticator",
    async run({ store, other }) {
      await store.putChallenge(makeChallenge("old"), makeEvent());
      await other.putChallenge(makeChallenge("new", { expected: "other" }), makeEvent());
      await store.putChallenge(makeChallenge("elsewhere", { userAuthenticatorId: "2" }), makeEvent());
      assert.equal(await store.takeChallenge(makeChallenge("old")), false);
      assert.deepEqual(await store.findChallenge("id-1", "1", START), makeChallenge("new", { expected: "other" }));
      assert.equal((await store.listEvents({ limit: 10 })).items.length, 3);
    },
  },
  {
    title: "a challenge ends in its time",
    async run({ store }) {
      await store.putChallenge(makeChallenge("c"), makeEvent());
      assert.equal((await store.findChallenge("id-1", "1", START + 999))?.challengeId, "c");
      assert.equal(await store.findChallenge("id-1", "1", START + 1_000), undefined);
    },
  },
  {
    title: "a challenge of nobody yet, as a server keeps them for strangers, outlives every user",
    async run({ store, other }) {
      await store.putChallenge(makeChallenge("c", { userId: "" }), makeEvent());
      await other.deleteUser("alice", makeEvent());
      const found = await store.findChallenge("id-1", "1", START);
      assert.equal(found?.challengeId, "c");
      assert.equal(await other.takeChallenge(found), true);
    },
  },
  {
    title: "T20: of many attempts at once as many are allowed as the limit says",
    async run(subject) {
      const counts = await atOnce(subject, 200, (store) => store.countAttempt(["k"], LIMIT, WINDOW_MS, START));
      assert.equal(counts.filter(({ allowed }) => allowed).length, LIMIT);
      assert.deepEqual(new Set(counts.map(({ endsAt }) => endsAt)), new Set([START + WINDOW_MS]));
    },
  },
  {
    title: "T20: attempts begin anew when the window that the first one began has ended, and not before",
    async run({ store, other }) {
      const count = (now: number) => store.countAttempt(["k"], 2, WINDOW_MS, now);
      await count(START);
      await count(START + 500);
      assert.deepEqual(await other.countAttempt(["k"], 2, WINDOW_MS, START + 999), {
        allowed: false,
        endsAt: START + 1_000,
      });
      assert.deepEqual(await count(START + 1_000), { allowed: true, endsAt: START + 2_000 });
      assert.deepEqual(await count(START + 1_999), { allowed: true, endsAt: START + 2_000 });
      assert.equal((await count(START + 1_999)).allowed, false);
    },
  },
  {
    title: "T20: T58: of two processes with clocks an hour apart, no window of either has more than twice the limit",
    async run({ store, other }) {
      const minute = 60_000;
      const allowed: number[] = [];
      for (let at = 0; at < 90; at += 5) {
        for (const [process, ahead] of [
          [store, 0],
          [other, 60],
        ] as const) {
          const now = START + (at + ahead) * minute;
          for (let tries = 0; tries < LIMIT; tries++) {
            if ((await process.countAttempt(["k"], LIMIT, 15 * minute, now)).allowed) allowed.push(at);
          }
        }
      }
      for (const start of allowed) {
        assert.ok(allowed.filter((at) => at >= start && at < start + 15).length <= 2 * LIMIT);
      }
      assert.ok(allowed.length >= 6 * LIMIT);
    },
  },
  {
    title: "T59: with a limit of none nothing is counted, and the end of a window that has begun is told",
    async run({ store, other }) {
      const ask = (now: number) => other.countAttempt(["k"], 0, -WINDOW_MS, now);
      assert.deepEqual(await ask(START), { allowed: false, endsAt: START - WINDOW_MS });
      assert.deepEqual(await store.countAttempt(["k"], 1, WINDOW_MS, START), {
        allowed: true,
        endsAt: START + WINDOW_MS,
      });
      assert.deepEqual(await ask(START + 1), { allowed: false, endsAt: START + WINDOW_MS });
      assert.equal((await store.countAttempt(["k"], 1, WINDOW_MS, START + 2)).allowed, false);
      assert.equal((await ask(START + WINDOW_MS)).endsAt, START);
      assert.equal((await store.countAttempt(["k"], 1, WINDOW_MS, START + WINDOW_MS)).allowed, true);
    },
  },
  {
    title: "attempts are forgotten when they are reset, and no others",
    async run({ store, other }) {
      for (const key of ["a", "b"]) await store.countAttempt([key], 1, WINDOW_MS, START);
      await other.resetAttempts(["a"]);
      await other.resetAttempts(["never"]);
      assert.equal((await store.countAttempt(["a"], 1, WINDOW_MS, START)).allowed, true);
      assert.equal((await store.countAttempt(["b"], 1, WINDOW_MS, START)).allowed, false);
    },
  },
  {
    title: "T41: attempts under keys that differ never meet",
    async run({ store }) {
      const keys = [...TEXTS.map((text) => [text]), ["a:b", "c"], ["a", "b:c"], [""], [], ["x".repeat(60_000)]];
      for (const key of keys) {
        assert.equal((await store.countAttempt(key, 1, WINDOW_MS, START)).allowed, true, JSON.stringify(key));
      }
    },
  },
  {
    title: "the audit trail is listed newest first, page by page, by user and by action",
    async run({ store, other }) {
      for (let index = 0; index < 9; index++) {
        await store.appendEvent(
          makeEvent({
            at: START + index,
            reason: String(index),
            ...(index % 3 ? { userId: `user-${index % 3}`, actionId: `id-${index % 2}` } : {}),
          }),
        );
      }
      const listed = async (filter: Omit<Parameters<typeof store.listEvents>[0], "after" | "limit">) => {
        const reasons: number[] = [];
        let after: string | undefined;
        do {
          const page = await other.listEvents({ ...filter, limit: 2, ...(after === undefined ? {} : { after }) });
          reasons.push(...page.items.map(({ reason }) => Number(reason)));
          after = page.next;
        } while (after !== undefined);
        return reasons;
      };
      assert.deepEqual(await listed({}), [8, 7, 6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await listed({ userId: "user-1" }), [7, 4, 1]);
      assert.deepEqual(await listed({ actionId: "id-0" }), [8, 4, 2]);
      assert.deepEqual(await listed({ userId: "user-2", actionId: "id-0" }), [8, 2]);
      assert.deepEqual(await listed({ from: START + 3, before: START + 8 }), [7, 6, 5, 4, 3]);
      assert.deepEqual(await listed({ from: START + 3, before: START + 3 }), []);
      assert.deepEqual(await listed({ userId: "user-1", before: START + 7 }), [4, 1]);
    },
  },
];
