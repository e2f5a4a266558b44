import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeEvent, makePolicy, START, type StoreHarness, TEXTS } from "./store-harness.ts";

const published = (time: number) => makeEvent({ type: "policy.published", at: START + time });
const add = (store: Store, version: string, expected?: number) =>
  store.addPolicy(makePolicy(version), published(0), expected);

async function versionsOf(store: Store): Promise<readonly string[]> {
  return (await store.listPolicies({ limit: 100 })).items.map(({ number, version }) => `${number} ${version}`);
}

async function eventsOf({ listEvents }: Store): Promise<number> {
  return (await listEvents({ limit: 100 })).items.length;
}

/** The versions of the policy. */
export const policyCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "versions of the policy are numbered from 1, and kept as they were published, with their events",
    async run({ store, other }) {
      assert.equal(await other.findNewestPolicy(), undefined);
      const first = makePolicy("a", { source: `{"actions":{}} ${TEXTS.join(" ")} \\u0000`, publishedBy: "olga" });
      assert.deepEqual(await store.addPolicy(first, published(0)), { newest: { ...first, number: 1 }, isNew: true });
      assert.deepEqual(await other.findNewestPolicy(), { ...first, number: 1 });
      assert.deepEqual(await add(other, "b"), { newest: { ...makePolicy("b"), number: 2 }, isNew: true });
      assert.deepEqual(await store.findNewestPolicy(), { ...makePolicy("b"), number: 2 });
      assert.equal(await eventsOf(store), 2);
    },
  },
  {
    title: "a policy that the newest version is already makes no other, and an older one makes a new one",
    async run({ store, other }) {
      const { newest } = await add(store, "a");
      const again = makePolicy("a", { source: "actions: {} # written otherwise", publishedAt: START + 9 });
      assert.deepEqual(await other.addPolicy(again, published(9)), { newest, isNew: false });
      assert.equal(await eventsOf(store), 1);
      await add(other, "b");
      await add(store, "a");
      assert.deepEqual(await versionsOf(other), ["3 a", "2 b", "1 a"]);
    },
  },
  {
    title: "however many publish at once, there is one order without gaps, and one that differs from the one before",
    async run(subject) {
      const { store } = subject;
      const added = await atOnce(subject, 24, (one, index) => add(one, `v${index % 12}`));
      const numbers = added.filter(({ isNew }) => isNew).map(({ newest }) => newest?.number ?? 0);
      const listed = (await store.listPolicies({ limit: 100 })).items;
      assert.deepEqual(
        numbers.toSorted((one, another) => another - one),
        listed.map(({ number }) => number),
      );
      assert.deepEqual(
        listed.map(({ number }) => number),
        listed.map((_, index) => listed.length - index),
      );
      assert.ok(listed.every(({ version }, index) => version !== listed[index + 1]?.version));
      assert.equal(new Set(listed.map(({ version }) => version)).size, 12);
      assert.equal(await eventsOf(store), listed.length);
    },
  },
  {
    title: "of those who publish on one expectation at once, one does",
    async run(subject) {
      const { store } = subject;
      const added = await atOnce(subject, 12, (one, index) => add(one, `v${index}`, 0));
      assert.equal(added.filter(({ isNew }) => isNew).length, 1);
      const newest = await store.findNewestPolicy();
      assert.ok(added.every((one) => one.newest?.version === newest?.version));
      assert.deepEqual(await add(store, "other", 0), { newest, isNew: false });
      assert.equal((await add(store, "other", 1)).newest?.number, 2);
    },
  },
  {
    title: "an expectation of a version that is not there adds nothing",
    async run({ store, other }) {
      assert.deepEqual(await add(store, "a", 1), { newest: undefined, isNew: false });
      assert.equal(await other.findNewestPolicy(), undefined);
      assert.equal(await eventsOf(store), 0);
    },
  },
  {
    title: "the newest version is handed out to whoever knows another, by its number and its content",
    async run({ store, other }) {
      await add(store, "a");
      const { newest } = await add(store, "b");
      assert.equal(await other.findNewestPolicy({ number: 2, version: "b" }), undefined);
      const others = [
        { number: 1, version: "a" },
        { number: 2, version: "c" },
        { number: 3, version: "b" },
      ];
      for (const known of others) assert.deepEqual(await other.findNewestPolicy(known), newest);
    },
  },
  {
    title: "versions are listed newest first, page by page, and each by its number",
    async run({ store, other }) {
      for (const version of ["a", "b", "c", "d", "e"]) await add(store, version);
      const numbers: number[] = [];
      let after: string | undefined;
      do {
        const page = await other.listPolicies({ limit: 2, ...(after === undefined ? {} : { after }) });
        numbers.push(...page.items.map(({ number }) => number));
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(numbers, [5, 4, 3, 2, 1]);
      const { items, next } = await store.listPolicies({ number: 3, limit: 1 });
      assert.deepEqual([items, next], [[{ ...makePolicy("c"), number: 3 }], undefined]);
      assert.deepEqual((await store.listPolicies({ number: 6, limit: 1 })).items, []);
    },
  },
];
