import assert from "node:assert/strict";
import { createInbox, type InboxRecord, type InboxStore } from "@require-action/core/agents";
import {
  type ConformanceCase,
  type ConformanceOptions,
  LOOKALIKES,
  type OpenHarness,
} from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";

/** The store of an inbox under test, empty. */
export interface InboxStoreHarness extends OpenHarness {
  readonly store: InboxStore;
  /** Another connection to the same store, as another process has it; `store` itself where it serves one process only. */
  readonly other: InboxStore;
}

const NOW = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;
const CONTENDERS = 50;

let made = 0;

function recordOf(changes: Partial<InboxRecord> = {}): InboxRecord {
  made += 1;
  return {
    id: `id-${made}`,
    idempotencyKey: `key-${made}`,
    user: "alice",
    action: "withdraw-funds",
    canonical: '{"amount":"100"}',
    keyOnly: false,
    bound: { amount: "100", express: true, copies: 2 },
    matchingNumber: "42",
    askedAt: NOW,
    expiresAt: NOW + MINUTE_MS,
    state: "open",
    isSettled: false,
    intervalSeconds: 5,
    version: 1,
    ...changes,
  };
}

/** A record without the members that are `undefined`, which no document has. */
function plain(record: InboxRecord | undefined): unknown {
  return record === undefined ? undefined : JSON.parse(JSON.stringify(record));
}

/** Every requirement of the port. */
export const inboxStoreCases: readonly ConformanceCase<InboxStoreHarness>[] = [
  {
    title: "answers with what was kept, to whoever shares the store",
    async run({ store, other }) {
      const record = recordOf({
        session: "s",
        slot: 0,
        question: "q",
        challenge: "sealed",
        askedFrom: { userAgent: "é" },
      });
      assert.equal(await store.insert(record, NOW), true);
      assert.deepEqual(plain(await other.find(record.idempotencyKey, NOW)), plain(record));
      assert.deepEqual((await other.list("alice", NOW)).map(plain), [plain(record)]);
      assert.equal(await other.find("unknown", NOW), undefined);
    },
  },
  {
    title: "T72: of many that want one place of a user at once, one has it",
    async run({ store, other }) {
      const inserts = Array.from({ length: CONTENDERS }, async (_, index) =>
        (index % 2 ? store : other).insert(recordOf({ slot: 3 }), NOW),
      );
      assert.equal((await Promise.all(inserts)).filter(Boolean).length, 1);
      assert.equal(await store.insert(recordOf({ slot: 4 }), NOW), true);
      assert.equal(await store.insert(recordOf({ slot: 3, user: "bob" }), NOW), true);
    },
  },
  {
    title: "of many that ask the same question at once, one is kept",
    async run({ store, other }) {
      const inserts = Array.from({ length: CONTENDERS }, async (_, slot) =>
        (slot % 2 ? store : other).insert(recordOf({ slot, question: "the same" }), NOW),
      );
      assert.equal((await Promise.all(inserts)).filter(Boolean).length, 1);
      assert.equal((await store.list("alice", NOW)).length, 1);
    },
  },
  {
    title: "records without a place and without a question meet nobody",
    async run({ store }) {
      for (let index = 0; index < 3; index++) assert.equal(await store.insert(recordOf(), NOW), true);
      assert.equal((await store.list("alice", NOW)).length, 3);
    },
  },
  {
    title: "a key and an id are there once, whoever the user is",
    async run({ store, other }) {
      assert.equal(await store.insert(recordOf({ idempotencyKey: "k", id: "i" }), NOW), true);
      assert.equal(await other.insert(recordOf({ idempotencyKey: "k", user: "bob" }), NOW), false);
      assert.equal(await other.insert(recordOf({ id: "i" }), NOW), false);
    },
  },
  {
    title: "T55: of many changes at once one is made, and the others see it",
    async run({ store, other }) {
      const record = recordOf();
      await store.insert(record, NOW);
      const replaced = await Promise.all(
        Array.from({ length: CONTENDERS }, async (_, index) =>
          (index % 2 ? store : other).replace({ ...record, ticketHash: String(index), version: 2 }),
        ),
      );
      assert.equal(replaced.filter(Boolean).length, 1);
      const kept = await other.find(record.idempotencyKey, NOW);
      assert.equal(kept?.ticketHash, String(replaced.indexOf(true)));
      assert.equal(kept?.version, 2);
    },
  },
  {
    title: "a change of what is not there, or is older, changes nothing",
    async run({ store }) {
      const record = recordOf();
      assert.equal(await store.replace({ ...record, version: 2 }), false);
      assert.deepEqual(await store.list("alice", NOW), []);
      await store.insert(record, NOW);
      assert.equal(await store.replace({ ...record, state: "declined", version: 1 }), false);
      assert.equal(await store.replace({ ...record, state: "declined", version: 3 }), false);
      assert.equal((await store.find(record.idempotencyKey, NOW))?.state, "open");
    },
  },
  {
    title: "a place and a question that a change gives up are free",
    async run({ store, other }) {
      const record = recordOf({ slot: 0, question: "q" });
      await store.insert(record, NOW);
      assert.equal(await other.insert(recordOf({ slot: 0 }), NOW), false);
      assert.equal(await other.insert(recordOf({ question: "q" }), NOW), false);
      const { slot: _slot, question: _question, ...rest } = record;
      assert.equal(await store.replace({ ...rest, state: "answered", isSettled: true, version: 2 }), true);
      assert.equal(await other.insert(recordOf({ slot: 0, question: "q" }), NOW), true);
    },
  },
  {
    title: "what has expired is in nobody's way, and nobody finds it",
    async run({ store, other }) {
      const record = recordOf({ slot: 0, question: "q" });
      await store.insert(record, NOW);
      const later = record.expiresAt;
      assert.equal((await store.list("alice", later - 1)).length, 1);
      assert.deepEqual(await other.list("alice", later), []);
      assert.equal(await other.find(record.idempotencyKey, later), undefined);
      const next = recordOf({ slot: 0, question: "q", expiresAt: later + MINUTE_MS });
      assert.equal(await other.insert(next, later), true);
    },
  },
  {
    title: "a list is of one user, oldest first",
    async run({ store }) {
      for (const [index, user] of LOOKALIKES.entries()) {
        await store.insert(recordOf({ user, id: `first-${index}`, slot: 0 }), NOW);
        await store.insert(recordOf({ user, id: `second-${index}`, slot: 1 }), NOW);
      }
      for (const [index, user] of LOOKALIKES.entries()) {
        const ids = (await store.list(user, NOW)).map(({ id }) => id);
        assert.deepEqual(ids, [`first-${index}`, `second-${index}`], JSON.stringify(user));
      }
    },
  },
  {
    title: "T72: notices are counted for each user, within a window",
    async run({ store, other }) {
      const counted = await Promise.all(
        Array.from({ length: CONTENDERS }, async (_, index) =>
          (index % 2 ? store : other).countNotice("alice", 3, MINUTE_MS, NOW),
        ),
      );
      assert.equal(counted.filter(Boolean).length, 3);
      assert.equal(await store.countNotice("bob", 3, MINUTE_MS, NOW), true);
      assert.equal(await other.countNotice("alice", 3, MINUTE_MS, NOW + MINUTE_MS - 1), false);
      assert.equal(await other.countNotice("alice", 3, MINUTE_MS, NOW + MINUTE_MS), true);
    },
  },
  {
    title: "T55, T72: two inboxes over it are one: limits hold, and one of many numbers and results is taken",
    async run({ store, other }) {
      const common = { pageUrl: "https://bank.example/approvals", secrets: ["a secret of at least thirty-two bytes"] };
      const clock = { now: () => NOW };
      const inboxes = [store, other].map((one) => createInbox({ ...common, store: one, clock, limitPerUser: 5 }));
      const [here, there] = inboxes as [ReturnType<typeof createInbox>, ReturnType<typeof createInbox>];
      const expiresAt = new Date(NOW + MINUTE_MS).toISOString();
      const request = { user: "alice", action: "withdraw-funds", expiresAt, challenge: { token: "challenge" } };
      const kept = await Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          inboxes[index % 2]!.keep({ ...request, canonical: "", keyOnly: true, idempotencyKey: `k-${index}` }),
        ),
      );
      assert.equal(kept.filter((one) => one !== undefined).length, 5);
      const one = kept.find((standing) => standing !== undefined)!;
      const id = one.page!.url.split("/").at(-1)!;
      const matched = await Promise.all(
        Array.from({ length: 10 }, async (_, index) =>
          inboxes[index % 2]!.match("alice", id, one.page!.matchingNumber),
        ),
      );
      assert.ok(matched.every((match) => match?.token === "challenge"));
      const results = await Promise.all(
        matched.map(async (match, index) => inboxes[index % 2]!.complete("alice", match!.ticket, `result-${index}`)),
      );
      const taken = results.flatMap((result, index) => (result === undefined ? [] : [`result-${index}`]));
      assert.equal(taken.length, 1);
      const query = { user: "alice", action: "withdraw-funds", canonical: "", keyOnly: true };
      const found = await there.find({ ...query, idempotencyKey: one.idempotencyKey });
      assert.equal(found?.token, taken[0]);
      assert.equal(await here.find({ ...query, user: "mallory", idempotencyKey: one.idempotencyKey }), undefined);
      const secret = JSON.stringify(await store.find(one.idempotencyKey, NOW));
      assert.ok(!secret.includes("result-") && !secret.includes('"challenge"'.concat(":{")), "a token in plain text");
    },
  },
];

/**
 * Declares a vitest suite that puts the store of an inbox through every requirement of the port. Call it at the top level of a test
 * file, or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeInboxStoreConformance({
 *   name: "memory",
 *   open() {
 *     const store = createMemoryInboxStore();
 *     return { store, other: store };
 *   },
 * });
 */
export function describeInboxStoreConformance(options: ConformanceOptions<InboxStoreHarness>): void {
  describeCases("inbox store", inboxStoreCases, options);
}
