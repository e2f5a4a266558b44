import { describeInboxStoreConformance, findFailingCases, inboxStoreCases } from "@require-action/conformance/inbox";
import { createMemoryInboxStore, type InboxStore } from "@require-action/core/agents";
import { describe, expect, it } from "vitest";

describeInboxStoreConformance({
  name: "memory",
  open() {
    const store = createMemoryInboxStore();
    return { store, other: store };
  },
});

/** Stores with faults, each made of a right one. */
const broken: Readonly<Record<string, (store: InboxStore) => Partial<InboxStore>>> = {
  "has no places": (store) => ({ insert: ({ slot: _slot, ...record }, now) => store.insert(record, now) }),
  "keeps a question twice": (store) => ({ insert: ({ question: _, ...record }, now) => store.insert(record, now) }),
  "looks at no version": (store) => ({
    async replace(record) {
      for (let version = 2; version < 60; version++) if (await store.replace({ ...record, version })) return true;
      return false;
    },
  }),
  "answers with what has expired": (store) => ({
    list: (user) => store.list(user, 0),
    find: (key) => store.find(key, 0),
  }),
  "folds users": (store) => ({ list: (user, now) => store.list(user.toLowerCase(), now) }),
  "counts no notices": () => ({ countNotice: () => true }),
  "counts notices for everybody": (store) => ({
    countNotice: (_user, ...window) => store.countNotice("everybody", ...window),
  }),
};

describe("the conformance suite of an inbox's store", () => {
  it.each(Object.entries(broken))("fails a store that %s", async (_, change) => {
    const open = () => {
      const right = createMemoryInboxStore();
      const store: InboxStore = { ...right, ...change(right) };
      return { store, other: store };
    };
    expect(await findFailingCases(inboxStoreCases, open)).not.toEqual([]);
  });
});
