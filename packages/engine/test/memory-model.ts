import { createMemoryLedger } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { expect, it } from "vitest";
import { compareWithModel } from "./state-model.ts";

/** Registers the comparison of the engine on the memory store with its model, by so many random walks. */
export function itFollowsTheModel(runs: number): void {
  it(`T10: ${runs} times, whatever the order of up to 30 steps, the engine is where the model says`, async () => {
    const compared = compareWithModel(runs, (clock) => ({
      store: createMemoryStore(),
      ledger: createMemoryLedger({ clock }),
    }));
    await expect(compared).resolves.toBeUndefined();
  }, 600_000);
}
