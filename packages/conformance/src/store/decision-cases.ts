import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeAuthenticator, makeEvent, START, type StoreHarness, TEXTS } from "./store-harness.ts";

const WINDOW_MS = 12_000;
const PART_MS = WINDOW_MS / 12;
/** A window begins where the parts do. */
const NOON = Math.ceil(START / WINDOW_MS) * WINDOW_MS;

function gather(store: Store, query: Partial<Parameters<Store["gather"]>[0]> = {}): ReturnType<Store["gather"]> {
  return store.gather({
    key: makeAction("k"),
    counters: [],
    needsUser: false,
    needsDeviceCount: false,
    now: NOON,
    ...query,
  });
}

async function bump(store: Store, amount: bigint, now: number, key = ["velocity"]): Promise<bigint> {
  const { counters } = await gather(store, { counters: [{ key, windowMs: WINDOW_MS, amount }], now });
  return counters[0]!;
}

/** What a decision learns, and what it counts. */
export const decisionCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "a decision on nobody that is known finds nothing",
    async run({ store }) {
      const facts = await gather(store, { needsUser: true, deviceId: "d", needsDeviceCount: true });
      assert.deepEqual(facts, {
        recorded: undefined,
        enrolledVerificationMethods: [],
        hasVerified: false,
        counters: [],
        user: undefined,
        device: undefined,
        deviceCount: 0,
      });
    },
  },
  {
    title: "a decision learns of the user, the device and the authenticators that are verified",
    async run({ store, other }) {
      await store.updateUser("alice", { email: "alice@bank.example" }, START);
      const action = makeAction("before");
      await store.record(action, undefined, makeEvent());
      const change = { key: action, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at: START } as const;
      await store.transition({ ...change, authenticatedDeviceId: "d" }, makeEvent());
      await store.addAuthenticator(makeAuthenticator("1"), makeEvent());
      const passkey = { verificationMethod: "PASSKEY", verifiedAt: START };
      await store.addAuthenticator(makeAuthenticator("2", passkey), makeEvent());
      await store.addAuthenticator(makeAuthenticator("3", { ...passkey, lastVerifiedAt: START }), makeEvent());
      const facts = await gather(other, { needsUser: true, deviceId: "d", needsDeviceCount: true });
      assert.deepEqual(facts.enrolledVerificationMethods, ["PASSKEY"]);
      assert.equal(facts.hasVerified, true);
      assert.equal(facts.user?.email, "alice@bank.example");
      assert.equal(facts.device?.authenticatedAt, START);
      assert.equal(facts.deviceCount, 1);
      const asked = await gather(other);
      assert.deepEqual([asked.user, asked.device, asked.deviceCount], [undefined, undefined, undefined]);
    },
  },
  {
    title: "a decision under a key that is taken counts nothing",
    async run({ store }) {
      await store.record(makeAction("taken"), undefined, makeEvent());
      const counters = [{ key: ["velocity"], windowMs: WINDOW_MS, amount: 1n }];
      const { recorded, counters: sums } = await gather(store, { key: makeAction("taken"), counters });
      assert.equal(recorded?.actionId, "id-taken");
      assert.deepEqual(sums, []);
      assert.equal(await bump(store, 0n, NOON), 0n);
    },
  },
  {
    title: "parallel decisions see each other's counts, whichever part of the window they fall in",
    async run(subject) {
      const sums = await atOnce(subject, 40, (store, index) => bump(store, 1n, NOON + (index % 3) * PART_MS));
      assert.deepEqual(
        sums.map(Number).toSorted((one, other) => one - other),
        Array.from({ length: 40 }, (_, index) => index + 1),
      );
    },
  },
  {
    title: "a count leaves with its part of the window, never before its time",
    async run({ store }) {
      await bump(store, 1n, NOON);
      await bump(store, 10n, NOON + 5 * PART_MS);
      assert.equal(await bump(store, 0n, NOON + WINDOW_MS), 11n);
      assert.equal(await bump(store, 100n, NOON + WINDOW_MS + 2 * PART_MS), 110n);
      assert.equal(await bump(store, 0n, NOON + WINDOW_MS + 2 * PART_MS), 110n);
      assert.equal(await bump(store, 0n, NOON + 4 * WINDOW_MS), 0n);
    },
  },
  {
    title: "sums are exact beyond 64 bits",
    async run({ store }) {
      const amount = 10n ** 24n + 1n;
      await bump(store, amount, NOON);
      assert.equal(await bump(store, amount, NOON + PART_MS), 2n * amount);
    },
  },
  {
    title: "several counters are answered in the order asked for",
    async run({ store }) {
      const counter = (name: string, amount: bigint) => ({ key: [name], windowMs: WINDOW_MS, amount });
      const { counters } = await gather(store, { counters: [counter("b", 2n), counter("a", 0n), counter("c", 3n)] });
      assert.deepEqual(counters, [2n, 0n, 3n]);
    },
  },
  {
    title: "T41: counters that differ never meet",
    async run({ store }) {
      const keys = [...TEXTS.map((text) => [text]), ["a:b", "c"], ["a", "b:c"], ["a", "b", "c"], ["x".repeat(60_000)]];
      for (const key of keys) assert.equal(await bump(store, 1n, NOON, key), 1n, JSON.stringify(key));
    },
  },
];
