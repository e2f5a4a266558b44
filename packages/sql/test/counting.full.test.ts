import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { runProcess, type TestProcess } from "./processes/run-process.ts";
import { sqlStores } from "./stores.ts";

const PROCESSES = 4;

let processes: readonly TestProcess[] = [];

afterEach(async () => {
  for (const { child } of processes) child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});

describe.each(sqlStores)("counting on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    "F29: no count is lost between processes, and none of them fails",
    { timeout: 60_000 },
    async () => {
      const { store, environment, close } = await open();
      onTestFinished(close);
      processes = await Promise.all(Array.from({ length: PROCESSES }, () => runProcess("bumper.ts", environment)));
      await Promise.all(processes.map((process) => process.line()));
      for (const process of processes) process.send("go");
      await expect(Promise.all(processes.map((process) => process.line()))).resolves.toEqual(
        Array.from({ length: PROCESSES }, () => "done"),
      );
      const { counters } = await store.gather({
        key: { userId: "alice", action: "pay", idempotencyKey: "last" },
        counters: [{ key: ["velocity"], windowMs: 3_600_000, amount: 0n }],
        needsUser: false,
        needsDeviceCount: false,
        now: 100,
      });
      expect(counters).toEqual([400n]);
    },
  );
});
