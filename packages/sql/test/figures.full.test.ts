import { setTimeout as pass } from "node:timers/promises";
import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import type { FigureRecord } from "@require-action/engine/figures";
import { describe, expect, it, onTestFinished } from "vitest";
import { seedFigures } from "../../engine/test/figures-seed.ts";
import { runProcess } from "./processes/run-process.ts";
import { sqlStores } from "./stores.ts";

const SECOND = 1_000;
const DAY = 24 * 3_600 * SECOND;
const START = Date.UTC(2026, 0, 15, 12, 30);
const ROUNDS = 10;

function engineAt(store: Store, now: number): Engine {
  return createEngine({
    policy: { actions: {} },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "https://bank.example",
    clock: { now: () => now },
    store,
  });
}

/** What is there, but for when it was counted, and which reviews were open then. */
async function allOf({ figures }: Engine): Promise<readonly object[]> {
  const found = await Promise.all(
    (["hour", "day"] as const).map((unit) => figures.query({ unit, from: START - 20 * DAY, before: START + DAY })),
  );
  const isKept = ({ actions, locks }: FigureRecord): boolean =>
    Object.keys(actions).length + locks.authenticator + locks.user + locks.address > 0;
  return found
    .flat()
    .filter(isKept)
    .map(({ countedAt: _, openReviews: _open, ...others }) => structuredClone(others));
}

describe.each(sqlStores)("figures by hours and days on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    `are those of one count, when two processes at a time have counted them and been killed, ${ROUNDS} times`,
    async () => {
      const { store, environment, close } = await open();
      onTestFinished(close);
      await seedFigures(store, START);
      let now = START;
      for (let round = 0; round < ROUNDS; round++) {
        const processes = await Promise.all(
          [1, 2].map(() => runProcess("figure-counter.ts", { ...environment, NOW: String(now) })),
        );
        await Promise.all(processes.map((one) => one.line()));
        await pass(Math.random() * 200 * (round + 1));
        for (const { child } of processes) child.kill("SIGKILL");
        await Promise.all(processes.map(({ ended }) => ended));
        now += 61 * SECOND;
      }
      const engine = engineAt(store, now);
      expect(await engine.figures.count()).toBe(true);

      const undisturbed = createMemoryStore();
      await seedFigures(undisturbed, START);
      const expected = engineAt(undisturbed, now);
      await expected.figures.count();
      const counted = await allOf(engine);
      expect(counted.length).toBeGreaterThan(200);
      expect(counted).toEqual(await allOf(expected));
    },
    600_000,
  );
});
