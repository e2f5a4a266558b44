import { createEngine, type Policy } from "@require-action/engine";
import { publishPolicy } from "@require-action/engine/policy";
import type { AuditEvent } from "@require-action/engine/store";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PATIENCE_MS } from "./databases.ts";
import { sqlStores } from "./stores.ts";

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });

const outcomes = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const;

function policyOf(round: number): Policy {
  return { actions: { pay: { defaultOutcome: outcomes[round % 4]! } }, lists: { round: [round] } };
}

describe.each(sqlStores)("the policy in many processes on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    "F29: is the same, in one order, and each decision names the version that it was made by",
    async () => {
      const { store, reopen, close } = await open();
      onTestFinished(close);
      await publishPolicy(store, policyOf(0));
      const never = { signal: new AbortController().signal };
      const engines = await Promise.all(
        Array.from({ length: 4 }, async (_, process) => {
          const loaded: string[] = [];
          const engine = createEngine({
            policy: { actions: { pay: { defaultOutcome: "BLOCK" } } },
            secrets: ["an engine secret for tests, 32 bytes long"],
            issuer: "bank",
            baseUrl: "https://bank.example/authsignal",
            store: await reopen(),
            onEvent: ({ type, policyVersion }: AuditEvent) => {
              if (type === "policy.loaded") loaded.push(policyVersion!);
            },
          });
          await engine.policies.check();
          engine.policies.start();
          let keys = 0;
          const decide = () =>
            engine.track(
              { userId: `user-${process}`, action: "pay", attributes: { idempotencyKey: `${process}-${keys++}` } },
              never,
            );
          return { engine, loaded, decide };
        }),
      );
      onTestFinished(() => void Promise.all(engines.map(({ engine }) => engine.policies.stop())));

      // Two publish against each other all the while.
      const publishers = [await reopen(), await reopen()];
      await Promise.all([
        ...publishers.map(async (one, index) => {
          for (let round = 1; round <= 5; round++) await publishPolicy(one, policyOf(10 * (index + 1) + round));
        }),
        ...engines.map(async ({ decide, engine }) => {
          for (let times = 0; times < 10; times++) {
            await decide();
            await engine.policies.check();
          }
        }),
      ]);

      const versions = (await store.listPolicies({ limit: 100 })).items.toReversed();
      expect(versions.map(({ number }) => number)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
      for (const { engine } of engines) {
        await expect
          .poll(() => engine.policies.status().published?.number, { timeout: PATIENCE_MS, interval: 20 })
          .toBe(11);
      }
      const numberOf = new Map(versions.map(({ number, version }) => [version, number]));
      for (const { loaded } of engines) {
        const numbers = loaded.map((version) => numberOf.get(version)!);
        expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
        expect([numbers[0], numbers.at(-1)]).toEqual([1, 11]);
      }

      const outcomeOf = new Map(
        versions.map(({ version, source }) => [version, (JSON.parse(source) as Policy).actions["pay"]?.defaultOutcome]),
      );
      const { items } = await store.listActions({ limit: 100 });
      expect(items).toHaveLength(40);
      for (const { policyVersion, outcome } of items) expect(outcome).toBe(outcomeOf.get(policyVersion));
      const { items: events } = await store.listEvents({ limit: 200 });
      expect(events.filter(({ type }) => type === "policy.published")).toHaveLength(11);
    },
  );
});
