import { inFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { busyStores, crowds, type OpenedStore, storesOnce } from "./busy-stores.ts";
import { startLoadedApp } from "./loaded-app.ts";

allowWarnings("RA_MEMORY_LEDGER", "RA_REDIS_VOLATILE", "RA_REDIS_FSYNC");

describe.each(inFull ? busyStores : storesOnce)("C1: $name", ({ absent, open }) => {
  let opened: OpenedStore;

  beforeAll(async () => {
    if (absent === undefined) opened = await open();
  });
  afterAll(() => opened?.close());

  describe.each(inFull ? crowds : crowds.slice(0, 1))("$who", ({ users }) => {
    it.skipIf(absent).each(inFull ? [60, 200] : [60])("%i requests at once open nothing", async (count) => {
      const app = await startLoadedApp(opened.store, { onUnavailable: "allow", resilience: "none" });
      onTestFinished(() => app.close());
      const statuses = await app.ask(users(count));
      expect(app.ran).toBe(0);
      expect([...statuses.keys()].filter((status) => status !== 403 && status !== 503)).toEqual([]);
      // Statements of requests that were given up may still be in the pool's queue.
      await expect.poll(async () => (await app.ask(users(1))).get(403), { message: "decided afterwards" }).toBe(1);
    });
  });
});
