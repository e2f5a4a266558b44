import { describe, expect, it, onTestFinished } from "vitest";
import { compareFigures } from "../../engine/test/figures-model.ts";
import { sqlStores } from "./stores.ts";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 6);

describe.each(sqlStores)("figures by hours and days on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    `are ${RUNS} times what a count of all rows by hand says, whatever the order and whoever ends on the way`,
    async () => {
      const { store, empty, close } = await open();
      onTestFinished(close);
      const opened = async (): Promise<typeof store> => {
        await empty();
        return store;
      };
      await expect(compareFigures(RUNS, opened)).resolves.toBeUndefined();
    },
    3_600_000,
  );
});
