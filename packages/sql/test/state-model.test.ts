import { describe, expect, it, onTestFinished } from "vitest";
import { compareWithModel } from "../../engine/test/state-model.ts";
import { sqlStores } from "./stores.ts";

/** `MODEL_RUNS=5000` for the full figure. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 20);

describe.each(sqlStores)("the engine on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    `T10: ${RUNS} times, whatever the order of up to 30 steps, it is where the model says`,
    async () => {
      const { store, ledger, close } = await open();
      onTestFinished(close);
      await expect(compareWithModel(RUNS, () => ({ store, ledger }))).resolves.toBeUndefined();
    },
    3_600_000,
  );
});
