import { createMemoryLedger } from "@require-action/core";
import { createMemoryStore } from "@require-action/engine";
import { expect, it } from "vitest";
import { compareWithModel } from "./state-model.ts";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 5_000);

it(`T10: ${RUNS} times, whatever the order of up to 30 steps, the engine is where the model says`, async () => {
  const compared = compareWithModel(RUNS, (clock) => ({
    store: createMemoryStore(),
    ledger: createMemoryLedger({ clock }),
  }));
  await expect(compared).resolves.toBeUndefined();
}, 600_000);
