import { allowWarnings } from "@require-action-test/support/warnings";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { crowds, type OpenedStore, storesOnce } from "./busy-stores.ts";
import { startLoadedApp } from "./loaded-app.ts";

allowWarnings("RA_MEMORY_LEDGER", "RA_REDIS_VOLATILE", "RA_REDIS_FSYNC");

describe.each(storesOnce)("C1: $name", ({ absent, open }) => {
  let opened: OpenedStore;

  beforeAll(async () => {
    if (absent === undefined) opened = await open();
  }, 180_000);
  afterAll(() => opened?.close(), 180_000);

  describe.each(crowds)("$who", ({ users }) => {
    it.skipIf(absent).each(["default", "none"] as const)(
      "1,000 requests at once open nothing, with resilience %s",
      async (resilience) => {
        const app = await startLoadedApp(opened.store, {
          onUnavailable: "allow",
          resilience: resilience === "none" ? resilience : {},
        });
        onTestFinished(() => app.close());
        const statuses = await app.ask(users(1_000));
        const outages = app.events.flatMap((event) => (event.type === "failure" ? [event] : []));
        expect(app.ran, JSON.stringify(outages.slice(0, 3))).toBe(0);
        expect([...statuses.keys()].filter((status) => status !== 403 && status !== 503)).toEqual([]);
        // Statements of requests that were given up may still be in the pool's queue.
        await expect
          .poll(async () => (await app.ask(users(1))).get(403), { message: "decided afterwards", timeout: 120_000 })
          .toBe(1);
      },
      180_000,
    );
  });
});
