import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import { type ChainedReceipt, hashOfLine, type ReceiptRecord } from "@require-action/engine/receipts";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeAuthenticator, makeEvent, plain, START, type StoreHarness } from "./store-harness.ts";

const activation = { onlyIfFirst: false, replacesOthers: false, verifiedAt: START, changes: {} };

/** An entry with what JSON and databases may not keep as it is: order, spaces, escapes, numbers. */
function makeReceipt(entryId: string, change: Partial<ReceiptRecord> = {}): ReceiptRecord {
  return { entryId, entry: `{"b":1.0,"a":"\\u00e4 \u{1f600}\\n'$1","id":"${entryId}"}`, ...change };
}

/** Chains what waits as an engine does, or tries to: with a head that names the batch. */
async function chain(store: Store, batch: number): Promise<boolean> {
  const { head, waiting } = await store.listWaitingReceipts(100);
  const chained: ChainedReceipt[] = [];
  let last = head;
  for (const one of [...waiting, makeReceipt(`head:${batch}`, { signature: "a..b" })]) {
    last = { ...one, position: (last?.position ?? 0) + 1, previous: hashOfLine(last) };
    chained.push(last);
  }
  return store.chainReceipts(chained);
}

async function waitingIn(store: Store): Promise<readonly string[]> {
  return (await store.listWaitingReceipts(100)).waiting.map(({ entryId }) => entryId);
}

/** Receipts. */
export const receiptCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "T70: a receipt is there with the step that it is of, and byte for byte as it was handed over",
    async run({ store, other }) {
      const action = makeAction("k");
      await store.record(action, undefined, makeEvent(), makeReceipt("decided"));
      const change = { key: action, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at: START } as const;
      const approved = [makeReceipt("first"), makeReceipt("second", { signature: "head..signature" })];
      await store.transition(change, makeEvent(), undefined, approved);
      const pending = makeAuthenticator("1");
      await store.addAuthenticator(pending, makeEvent());
      await store.activateAuthenticator(pending, activation, makeEvent(), undefined, [makeReceipt("enrolled")]);
      await store.deleteAuthenticator("alice", "1", makeEvent(), undefined, [makeReceipt("revoked")]);
      await store.deleteUser("alice", makeEvent(), undefined, [makeReceipt("gone")]);
      await store.putReceipts([makeReceipt("executed")]);
      const { head, waiting } = await other.listWaitingReceipts(100);
      assert.equal(head, undefined);
      assert.deepEqual(plain(waiting), [
        makeReceipt("decided"),
        ...approved,
        makeReceipt("enrolled"),
        makeReceipt("revoked"),
        makeReceipt("gone"),
        makeReceipt("executed"),
      ]);
      assert.deepEqual(plain((await other.listWaitingReceipts(2)).waiting), [makeReceipt("decided"), approved[0]]);
      assert.deepEqual(await other.listReceipts({ after: 0, limit: 10 }), []);
    },
  },
  {
    title: "T70: no receipt is there of a step that changed nothing",
    async run({ store, other }) {
      const action = makeAction("k");
      await store.record(action, undefined, makeEvent(), makeReceipt("decided"));
      await store.record({ ...action, actionId: "other" }, undefined, makeEvent(), makeReceipt("again"));
      const change = { key: action, from: "REVIEW_REQUIRED", to: "REVIEW_SUCCEEDED", at: START } as const;
      await store.transition(change, makeEvent(), undefined, [makeReceipt("moved")]);
      const pending = makeAuthenticator("1");
      await store.addAuthenticator(pending, makeEvent());
      const newer = { ...pending, version: 7 };
      await store.activateAuthenticator(newer, activation, makeEvent(), undefined, [makeReceipt("enrolled")]);
      await store.deleteAuthenticator("alice", "2", makeEvent(), undefined, [makeReceipt("revoked")]);
      assert.deepEqual(await waitingIn(other), ["decided"]);
    },
  },
  {
    title: "T70: of receipts of one id the first stays, however many come at once",
    async run(subject) {
      await atOnce(subject, 8, async (store) => store.putReceipts([makeReceipt("one")]));
      await subject.store.putReceipts([makeReceipt("one", { entry: "{}" })]);
      await subject.store.putReceipts([]);
      assert.deepEqual(plain((await subject.other.listWaitingReceipts(100)).waiting), [makeReceipt("one")]);
    },
  },
  {
    title: "T70: as many receipts are listed as there is room for, however often those before them came",
    async run({ store, other }) {
      for (let times = 0; times < 5; times++) await store.putReceipts([makeReceipt("one")]);
      await store.putReceipts([makeReceipt("two"), makeReceipt("three")]);
      const listed = (await other.listWaitingReceipts(2)).waiting.map(({ entryId }) => entryId);
      assert.deepEqual(listed, ["one", "two"]);
    },
  },
  {
    title: "T70: a receipt that comes again after it was chained neither waits nor is chained again",
    async run({ store, other }) {
      await store.putReceipts([makeReceipt("a")]);
      assert.equal(await chain(store, 1), true);
      await other.putReceipts([makeReceipt("a", { entry: "{}" })]);
      assert.deepEqual(await waitingIn(store), []);
      await other.putReceipts([makeReceipt("b"), makeReceipt("a")]);
      assert.deepEqual(await waitingIn(store), ["b"]);
      assert.equal(await chain(store, 2), true);
      assert.deepEqual(await waitingIn(other), []);
      const lines = plain(await other.listReceipts({ after: 0, limit: 10 })) as readonly ChainedReceipt[];
      assert.deepEqual(
        lines.map(({ entryId, entry }) => [entryId, entry]),
        ["a", "head:1", "b", "head:2"].map((id) => [id, makeReceipt(id).entry]),
      );
      assert.deepEqual(plain(await other.findReceipts(["a"])), [lines[0]]);
    },
  },
  {
    title: "T70: receipts are found by their ids, whether or not they have a place in the chain",
    async run({ store, other }) {
      await store.putReceipts([makeReceipt("a", { signature: "a..b" }), makeReceipt("'b")]);
      assert.equal(await chain(store, 1), true);
      await store.putReceipts([makeReceipt("c")]);
      const found = plain(await other.findReceipts(["c", "nothing", "'b", "a"])) as readonly ChainedReceipt[];
      const [first, second] = plain(await other.listReceipts({ after: 0, limit: 2 })) as readonly ChainedReceipt[];
      assert.deepEqual(
        found.toSorted((one, another) => (one.position ?? 9) - (another.position ?? 9)),
        [first, second, makeReceipt("c")],
      );
      assert.deepEqual(await other.findReceipts([]), []);
    },
  },
  {
    title: "T70: of many who chain at once one does, without a gap and without a fork",
    async run(subject) {
      const { store, other } = subject;
      for (let batch = 1; batch <= 4; batch++) {
        await atOnce(subject, 6, async (one, index) => one.putReceipts([makeReceipt(`${batch}.${index}`)]));
        const chained = await atOnce(subject, 6, (one) => chain(one, batch));
        assert.equal(chained.filter(Boolean).length, 1);
        assert.deepEqual(await waitingIn(other), []);
      }
      const lines = [
        ...(await other.listReceipts({ after: 0, limit: 20 })),
        ...(await store.listReceipts({ after: 20, limit: 20 })),
      ];
      assert.equal(lines.length, 28);
      for (const [index, line] of lines.entries()) {
        assert.deepEqual([line.position, line.previous], [index + 1, hashOfLine(lines[index - 1])]);
        assert.deepEqual(plain(line), {
          ...makeReceipt(line.entryId, line.entryId.startsWith("head:") ? { signature: "a..b" } : {}),
          position: index + 1,
          previous: line.previous,
        });
      }
      assert.deepEqual(plain((await other.listWaitingReceipts(1)).head), plain(lines.at(-1)));
    },
  },
  {
    title: "T70: a chain that was read before another batch came is refused, and what came later waits",
    async run({ store, other }) {
      await store.putReceipts([makeReceipt("a")]);
      const { waiting } = await store.listWaitingReceipts(100);
      assert.equal(await chain(other, 1), true);
      await store.putReceipts([makeReceipt("b")]);
      const stale = [...waiting, makeReceipt("head:2")];
      const asRead = stale.map((one, index) => ({ ...one, position: index + 1, previous: "stale" }));
      assert.equal(await store.chainReceipts(asRead), false);
      assert.deepEqual(await waitingIn(other), ["b"]);
      assert.equal(await chain(store, 2), true);
      const ids = (await other.listReceipts({ after: 0, limit: 10 })).map(({ entryId }) => entryId);
      assert.deepEqual(ids, ["a", "head:1", "b", "head:2"]);
    },
  },
];
