import assert from "node:assert/strict";
import type { Ledger } from "@require-action/core/ledger";
import {
  type ConformanceCase,
  type ConformanceOptions,
  LOOKALIKES,
  type OpenHarness,
} from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";

/** A ledger under test, empty, and time as it sees it. */
export interface LedgerHarness extends OpenHarness {
  readonly ledger: Ledger;
  /** Another connection to the same ledger, as another process has it; `ledger` itself where a ledger serves one process only. */
  readonly other: Ledger;
  /** Lets `ms` milliseconds pass for the ledger. */
  pass(ms: number): void | Promise<void>;
}

const TTL_MS = 1_000;
const CONTENDERS = 200;
/** Long enough for everybody to have asked, on however busy a machine. */
const LONG_TTL_MS = 60_000;
const KEYS = [...LOOKALIKES, "a\u0000b", "x".repeat(300), `${"x".repeat(299)}y`];

/** Every requirement of the ledger port. */
export const ledgerCases: readonly ConformanceCase<LedgerHarness>[] = [
  {
    title: "T5: of many claims at once over two connections, one wins",
    async run({ ledger, other }) {
      const claims = Array.from({ length: CONTENDERS }, (_, index) =>
        (index % 2 ? ledger : other).claim("key", `owner-${index}`, LONG_TTL_MS),
      );
      assert.equal((await Promise.all(claims)).filter(Boolean).length, 1);
    },
  },
  {
    title: "F15: asking again with the same owner finds one's own claim, and another owner finds it taken",
    async run({ ledger, other }) {
      assert.equal(await ledger.claim("key", "alice", LONG_TTL_MS), true);
      assert.equal(await other.claim("key", "alice", LONG_TTL_MS), true);
      assert.equal(await other.claim("key", "bob", LONG_TTL_MS), false);
    },
  },
  {
    title:
      "T53: an approval is claimed once whatever time it is said to be of, and one from before the ledger may be refused",
    async run({ ledger, other }) {
      const now = Date.now();
      for (const [index, approvedAt] of [now, now + TTL_MS].entries()) {
        assert.equal(await ledger.claim(`key-${index}`, "alice", LONG_TTL_MS, approvedAt), true);
        assert.equal(await other.claim(`key-${index}`, "alice", LONG_TTL_MS, approvedAt), true);
        assert.equal(await other.claim(`key-${index}`, "bob", LONG_TTL_MS, approvedAt + 1), false);
      }
      for (const approvedAt of [now - TTL_MS, 0]) {
        const claim = (one: Ledger, owner: string) =>
          one
            .claim(`old-${approvedAt}`, owner, LONG_TTL_MS, approvedAt)
            .catch((error: { readonly code?: string }) => error.code);
        const first = await claim(ledger, "alice");
        assert.ok(first === true || first === "action_token_expired", String(first));
        assert.equal(await claim(other, "bob"), first === true ? false : first);
      }
    },
  },
  {
    title: "asking again does not make a claim last longer",
    async run(harness) {
      const { key, answer } = await claimTwice(harness, "alice");
      assert.equal(answer, true);
      await harness.pass(TTL_MS / 2 + 100);
      assert.equal(await harness.ledger.claim(key, "bob", TTL_MS), true);
    },
  },
  {
    title: "T6: a claim holds until its time has passed, and no longer",
    async run(harness) {
      const { key, answer } = await claimTwice(harness, "bob");
      assert.equal(answer, false);
      await harness.pass(TTL_MS / 2 + 100);
      assert.equal(await harness.ledger.claim(key, "bob", TTL_MS), true);
    },
  },
  {
    title: "a claim released by its owner can be taken, and nobody else can release it",
    async run({ ledger, other }) {
      await ledger.claim("key", "alice", LONG_TTL_MS);
      await other.release("key", "bob");
      assert.equal(await other.claim("key", "bob", LONG_TTL_MS), false);
      await ledger.release("key", "alice");
      assert.equal(await other.claim("key", "bob", LONG_TTL_MS), true);
    },
  },
  {
    title: "who can tell what is claimed tells it of every claim, over each connection, and of nothing else",
    async run({ ledger, other }) {
      if (ledger.isClaimed === undefined) return;
      await ledger.claim("key", "alice", LONG_TTL_MS, Date.now());
      for (const one of [ledger, other]) {
        assert.equal(await one.isClaimed?.("key"), true);
        assert.equal(await one.isClaimed?.("Key"), false);
      }
      await ledger.release("key", "alice");
      assert.equal(await other.isClaimed?.("key"), false);
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
      // An owner for each key: the same owner would find its own claim where two keys meet.
      for (const [index, key] of KEYS.entries()) {
        assert.equal(await ledger.claim(key, `owner-${index}`, LONG_TTL_MS), true, JSON.stringify(key));
      }
      for (const key of KEYS) assert.equal(await ledger.claim(key, "bob", LONG_TTL_MS), false, JSON.stringify(key));
    },
  },
  {
    title: "T41: owners that look alike are not taken for one",
    async run({ ledger }) {
      assert.equal(await ledger.claim("key", "alice", LONG_TTL_MS), true);
      for (const owner of ["Alice", "alice ", "alic", "alicea", ""]) {
        assert.equal(await ledger.claim("key", owner, LONG_TTL_MS), false, JSON.stringify(owner));
      }
    },
  },
];

/** Claims, and claims again as `owner` while the first claim holds. */
async function claimTwice(
  { ledger, pass }: LedgerHarness,
  owner: string,
): Promise<{ readonly key: string; readonly answer: boolean }> {
  for (let tries = 1; ; tries++) {
    const key = `key-${tries}`;
    const startedAt = performance.now();
    await ledger.claim(key, "alice", TTL_MS);
    await pass(TTL_MS / 2);
    const answer = await ledger.claim(key, owner, TTL_MS);
    // Where the machine stood still until the first claim had ended, that shows nothing.
    if (performance.now() - startedAt < TTL_MS || tries === 5) return { key, answer };
  }
}

/**
 * Declares a vitest suite that puts a ledger through every requirement of the port. Call it at the top level of a test file,
 * or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeLedgerConformance({
 *   name: "memory",
 *   open() {
 *     const clock = createManualClock();
 *     const ledger = createMemoryLedger({ clock });
 *     return { ledger, other: ledger, pass: (ms) => clock.advance(ms) };
 *   },
 * });
 */
export function describeLedgerConformance(options: ConformanceOptions<LedgerHarness>): void {
  describeCases("ledger", ledgerCases, options);
}
