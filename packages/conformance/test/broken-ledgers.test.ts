import { findFailingCases, ledgerCases } from "@require-action/conformance/ledger";
import { createMemoryLedger } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { createManualClock } from "@require-action/testing";
import { describe, expect, it } from "vitest";

/** Ledgers with the faults that ledgers have had, each made of a right one. */
const broken: Readonly<Record<string, (ledger: Ledger) => Partial<Ledger>>> = {
  "looks before it claims": (ledger) => {
    const taken = new Set<string>();
    return {
      async claim(key) {
        const free = !taken.has(key);
        await Promise.resolve();
        taken.add(key);
        return free;
      },
      release: (...args) => ledger.release(...args),
    };
  },
  "takes a repeated claim for another's": (ledger) => {
    let claims = 0;
    return { claim: (key, owner, ...rest) => ledger.claim(key, `${owner}-${++claims}`, ...rest) };
  },
  "takes every owner for one": (ledger) => ({ claim: (key, _owner, ...rest) => ledger.claim(key, "one", ...rest) }),
  "folds keys": (ledger) => ({ claim: (key, ...rest) => ledger.claim(key.toLowerCase(), ...rest) }),
  "cuts keys off": (ledger) => ({ claim: (key, ...rest) => ledger.claim(key.slice(0, 255), ...rest) }),
  "keeps a claim for good": (ledger) => ({ claim: (key, owner) => ledger.claim(key, owner, 1e9) }),
  "forgets a claim too early": (ledger) => ({ claim: (key, owner, ttlMs) => ledger.claim(key, owner, ttlMs / 4) }),
  "releases for anybody": (ledger) => {
    const owners = new Map<string, string>();
    return {
      claim(key, owner, ...rest) {
        if (!owners.has(key)) owners.set(key, owner);
        return ledger.claim(key, owner, ...rest);
      },
      async release(key) {
        await ledger.release(key, owners.get(key) ?? "");
        owners.delete(key);
      },
    };
  },
  "never releases": () => ({ release: async () => {} }),
};

const open = (change: (ledger: Ledger) => Partial<Ledger>) => () => {
  const clock = createManualClock();
  const right = createMemoryLedger({ clock });
  const ledger: Ledger = { ...right, ...change(right) };
  return { ledger, other: ledger, pass: (ms: number) => clock.advance(ms) };
};

describe("the ledger conformance suite", () => {
  it("finds nothing in a right ledger", async () => {
    expect(
      await findFailingCases(
        ledgerCases,
        open(() => ({})),
      ),
    ).toEqual([]);
  });

  it.each(Object.entries(broken))("fails a ledger that %s", async (_, change) => {
    expect(await findFailingCases(ledgerCases, open(change))).not.toEqual([]);
  });
});
