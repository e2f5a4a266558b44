import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { LedgerCase, LedgerHarness } from "./ledger-case.ts";

const TTL_MS = 1_000;
const CONTENDERS = 200;
/** Long enough for every contender to have asked, on however busy a machine. */
const CONTENTION_TTL_MS = 60_000;
/** Keys that a careless ledger mixes up. */
const LOOKALIKES = [
  "a:b",
  "a",
  "A",
  "b",
  "a b",
  "ab",
  "a'b",
  "a\u0000b",
  "\u00e9",
  "e\u0301",
  "x".repeat(300),
  `${"x".repeat(299)}y`,
];

/** What a ledger must do, as the port says. */
export const ledgerCases: readonly LedgerCase[] = [
  {
    title: "T5: of many claims at once over two connections, one wins",
    async run({ ledger, other }) {
      const claims = Array.from({ length: CONTENDERS }, (_, index) =>
        (index % 2 ? ledger : other).claim("key", `owner-${index}`, CONTENTION_TTL_MS),
      );
      assert.equal((await Promise.all(claims)).filter(Boolean).length, 1);
    },
  },
  {
    title: "F15: asking again with the same owner finds one's own claim, and another owner finds it taken",
    async run({ ledger, other }) {
      assert.equal(await ledger.claim("key", "alice", TTL_MS), true);
      assert.equal(await other.claim("key", "alice", TTL_MS), true);
      assert.equal(await other.claim("key", "bob", TTL_MS), false);
    },
  },
  {
    title: "asking again does not make a claim last longer",
    async run({ ledger, pass }) {
      await ledger.claim("key", "alice", TTL_MS);
      await pass(TTL_MS / 2);
      assert.equal(await ledger.claim("key", "alice", TTL_MS), true);
      await pass(TTL_MS / 2 + 100);
      assert.equal(await ledger.claim("key", "bob", TTL_MS), true);
    },
  },
  {
    title: "T6: a claim holds until its time has passed, and no longer",
    async run({ ledger, pass }) {
      await ledger.claim("key", "alice", TTL_MS);
      await pass(TTL_MS / 2);
      assert.equal(await ledger.claim("key", "bob", TTL_MS), false);
      await pass(TTL_MS / 2 + 100);
      assert.equal(await ledger.claim("key", "bob", TTL_MS), true);
    },
  },
  {
    title: "a claim released by its owner can be taken, and nobody else can release it",
    async run({ ledger, other }) {
      await ledger.claim("key", "alice", TTL_MS);
      await other.release("key", "bob");
      assert.equal(await other.claim("key", "bob", TTL_MS), false);
      await ledger.release("key", "alice");
      assert.equal(await other.claim("key", "bob", TTL_MS), true);
    },
  },
  {
    title: "releasing what nobody holds changes nothing",
    async run({ ledger }) {
      await ledger.release("key", "alice");
      assert.equal(await ledger.claim("key", "alice", TTL_MS), true);
    },
  },
  {
    title: "T41: keys that differ never meet",
    async run({ ledger }) {
      for (const key of LOOKALIKES) assert.equal(await ledger.claim(key, "alice", TTL_MS), true, JSON.stringify(key));
      for (const key of LOOKALIKES) assert.equal(await ledger.claim(key, "bob", TTL_MS), false, JSON.stringify(key));
    },
  },
  {
    title: "T41: owners that look alike are not taken for one",
    async run({ ledger }) {
      assert.equal(await ledger.claim("key", "alice", TTL_MS), true);
      for (const owner of ["Alice", "alice ", "alic", "alicea", ""]) {
        assert.equal(await ledger.claim("key", owner, TTL_MS), false, JSON.stringify(owner));
      }
    },
  },
];

/** Registers the ledger conformance suite with vitest. */
export function ledgerConformance(harness: LedgerHarness): void {
  describe(`ledger conformance: ${harness.name}`, () => {
    for (const { title, run } of ledgerCases) {
      it(title, async () => {
        const subject = await harness.open();
        try {
          await run(subject);
        } finally {
          await subject.close();
        }
      });
    }
  });
}
