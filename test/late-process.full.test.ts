import { inFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { type ActionProvider, ProviderError } from "@require-action/core/provider";
import { createEngine, createMemoryStore, type Store } from "@require-action/engine";
import { createPostgresStore } from "@require-action/sql";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createSchema, noPostgres } from "../packages/sql/test/databases.ts";
import { type LoadedAppOptions, startLoadedApp } from "./loaded-app.ts";

allowWarnings("RA_MEMORY_LEDGER");

const REQUESTS = 200;
const users = Array.from({ length: REQUESTS }, (_, index) => `user-${index}`);

/** Would let everything through. */
const lenient = (): ActionProvider =>
  Object.assign(
    createEngine({
      policy: { actions: { pay: { defaultOutcome: "ALLOW" } } },
      secrets: ["another secret for tests, of 32 bytes and more"],
      issuer: "https://other.example",
      baseUrl: "https://other.example/auth",
      store: createMemoryStore(),
    }),
    { name: "lenient" as const },
  );

const ways = [
  { name: '"allow"', onUnavailable: () => "allow" as const },
  { name: "{ provider }", onUnavailable: () => ({ provider: lenient() }) },
] as const;

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** How the event loop is held up, once the first decision has begun: for how long, how often. */
const delays = [
  { name: "once, for three deadlines", deadline: 300, ms: 900, times: 1 },
  { name: "once, for little more than a deadline", deadline: 300, ms: 330, times: 1 },
  { name: "again and again, briefly", deadline: 300, ms: 40, times: 25 },
  { name: "again and again, for as long as a deadline", deadline: 100, ms: 100, times: 8 },
] as const;

describe.skipIf(noPostgres)("T54: an event loop that is blocked", () => {
  const { schema, open, close } = createSchema();
  let store: Store;

  beforeAll(async () => {
    store = await createPostgresStore(open(), { schema, migrate: true });
  });
  afterAll(close);

  for (const { name, onUnavailable } of ways) {
    it.each(inFull ? delays : delays.slice(0, 1))(
      `$name opens nothing with onUnavailable ${name}`,
      async ({ deadline, ms, times }) => {
        let left = 0;
        const again = (): void => {
          if (left-- <= 0) return;
          block(ms);
          setImmediate(again);
        };
        const blocking: Store = {
          ...store,
          gather(query) {
            const gathered = store.gather(query);
            if (left === times) setImmediate(again);
            return gathered;
          },
        };
        const options: LoadedAppOptions = { deadlineMs: { decision: deadline }, onUnavailable: onUnavailable() };
        const app = await startLoadedApp(blocking, options);
        onTestFinished(() => app.close());
        await app.ask(users.slice(0, 10));
        left = times;
        const statuses = await app.ask(users);
        expect(app.ran).toBe(0);
        expect(statuses.get(200)).toBeUndefined();
        expect(app.events.filter(({ type }) => type === "breaker")).toEqual([]);
        const codes = app.events.flatMap((event) => (event.type === "failure" ? [event.code] : []));
        expect(codes.filter((code) => code !== "provider_busy")).toEqual([]);
      },
    );
  }

  it("does not hide an outage: once it is free again, the same guard fails open", async () => {
    let isDown = false;
    const failing: Store = {
      ...store,
      gather: (query) =>
        isDown ? Promise.reject(new ProviderError("provider_unavailable", "down")) : store.gather(query),
    };
    const app = await startLoadedApp(failing, { deadlineMs: { decision: 300 }, onUnavailable: "allow" });
    onTestFinished(() => app.close());
    await app.ask(users.slice(0, 5));
    expect(app.ran).toBe(0);
    isDown = true;
    // A process that has no processor for a while is busy, and says so, whatever its store is.
    await expect.poll(async () => (await app.ask(users.slice(0, 5))).get(200), { interval: 1 }).toBe(5);
  });
});
