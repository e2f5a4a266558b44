import { randomUUID } from "node:crypto";
import { allowWarnings } from "@require-action-test/support/warnings";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSimulatedRedis } from "../../../test/simulation/redis-simulator.ts";
import { createRedisAttempts, createRedisLedger, type RedisClient } from "../src/index.ts";
import { noRedis, redisUrl as url, sharedRedis } from "./redis-servers.ts";

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_EVICTION");

const WINDOW_MS = 60_000;

describe.skipIf(noRedis)("attempt counters on Redis", () => {
  let clients: RedisClient[];
  let close: () => Promise<unknown>;
  const prefix = `test:${randomUUID()}`;

  beforeAll(async () => {
    const connected = await Promise.all([createClient({ url }).connect(), createClient({ url }).connect()]);
    clients = connected;
    close = () => Promise.all(connected.map((client) => client.close()));
  });
  afterAll(() => close());

  it("T20: of 200 guesses at once over two connections, five are allowed", async () => {
    const counters = await Promise.all(
      clients.map((client) => createRedisAttempts(client, { prefix, ...sharedRedis, commandTimeoutMs: 10_000 })),
    );
    const guesses = Array.from({ length: 200 }, (_, index) =>
      counters[index % 2]!.countAttempt(["alice", "app"], 5, WINDOW_MS, 0),
    );
    const counts = await Promise.all(guesses);
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(5);
    for (const { endsAt } of counts) expect(endsAt).toBeGreaterThan(0);
    expect(Math.max(...counts.map(({ endsAt }) => endsAt))).toBeLessThanOrEqual(WINDOW_MS);
  });

  it("T59: with a limit of none nothing is counted, and the end of a window that has begun is told", async () => {
    const attempts = await createRedisAttempts(clients[0]!, { prefix, ...sharedRedis });
    const ask = async () => (await attempts.countAttempt(["lock"], 0, -86_400_000, 0)).endsAt;
    expect(await ask()).toBeLessThanOrEqual(0);
    expect((await attempts.countAttempt(["lock"], 1, WINDOW_MS, 0)).allowed).toBe(true);
    expect(await ask()).toBeGreaterThan(WINDOW_MS / 2);
    expect((await attempts.countAttempt(["lock"], 1, WINDOW_MS, 0)).allowed).toBe(false);
  });

  it("T41: keys that differ never meet, and a reset frees its own key only", async () => {
    const [attempts] = await Promise.all(
      clients.map((client) => createRedisAttempts(client, { prefix, ...sharedRedis, commandTimeoutMs: 10_000 })),
    );
    const count = async (key: readonly string[]) => (await attempts!.countAttempt(key, 1, WINDOW_MS, 0)).allowed;
    expect(await Promise.all([count(["a:b", "c"]), count(["a", "b:c"]), count(["a", "b", "c"])])).toEqual([
      true,
      true,
      true,
    ]);
    await attempts!.resetAttempts(["a:b", "c"]);
    expect([await count(["a:b", "c"]), await count(["a", "b:c"])]).toEqual([true, false]);
  });
});

describe("T7: a Redis that may forget", () => {
  const settings = (policy: string): RedisClient =>
    createSimulatedRedis({
      clock: { now: Date.now },
      "maxmemory-policy": policy,
      appendonly: "yes",
      appendfsync: "always",
    }).connect();

  it.each([
    ["ledger", createRedisLedger],
    ["attempt counters", createRedisAttempts],
  ])("is refused by the %s, unless that is asked for", async (_name, create) => {
    await expect(create(settings("allkeys-lru"))).rejects.toMatchObject({ option: "checks.eviction" });
    await expect(create(settings("allkeys-lru"), { checks: { eviction: "warn" } })).resolves.toBeDefined();
    await expect(create(settings("noeviction"))).resolves.toBeDefined();
  });

  it("names a wrong option", async () => {
    await expect(createRedisLedger(settings("noeviction"), { prefix: "a b" })).rejects.toMatchObject({
      option: "prefix",
    });
    await expect(createRedisAttempts({} as never)).rejects.toMatchObject({ option: "client" });
  });
});

describe("C1: a counted attempt that has no answer in time", () => {
  /** Counts with a Redis that answers as `answer` does, once it has been set up. */
  async function count(answer: (evaluate: () => Promise<unknown>) => Promise<unknown>): Promise<unknown> {
    const client = createSimulatedRedis({ clock: { now: Date.now }, save: "" }).connect();
    let isSetUp = false;
    const between: RedisClient = {
      configGet: (parameter) => client.configGet!(parameter),
      eval: (script, options) => {
        const evaluate = () => client.eval(script, options);
        return isSetUp ? answer(evaluate) : evaluate();
      },
    };
    const attempts = await createRedisAttempts(between, { checks: { persistence: "warn" }, commandTimeoutMs: 100 });
    isSetUp = true;
    return attempts.countAttempt(["alice"], 5, WINDOW_MS, 0);
  }

  const nothing = new Promise<never>(() => {});

  /** Keeps the event loop at work past the time limit. */
  function work(): void {
    const end = performance.now() + 300;
    while (performance.now() < end);
  }

  it("is busy when this process was at work", async () => {
    const counted = count(() => {
      setImmediate(work);
      return nothing;
    });
    await expect(counted).rejects.toMatchObject({
      code: "provider_busy",
      message: "provider_busy: redis: CommandTimeout",
      retryAfterSeconds: 1,
    });
  });

  it("is busy when the client had no time to send it", async () => {
    class TimeoutError extends Error {}
    const counted = count(async () => {
      work();
      throw new TimeoutError();
    });
    await expect(counted).rejects.toMatchObject({ code: "provider_busy" });
  });

  it("is an outage when something else failed while this process was at work", async () => {
    const counted = count(async () => {
      work();
      throw new Error("the socket closed unexpectedly");
    });
    await expect(counted).rejects.toMatchObject({ code: "provider_unavailable" });
  });

  it("T54: is counted when the answer has arrived by the time that it is looked for", async () => {
    const counted = count((evaluate) => {
      const answered = new Promise((resolve) => {
        setImmediate(() => {
          work();
          setImmediate(() => resolve(evaluate()));
        });
      });
      return answered;
    });
    await expect(counted).resolves.toMatchObject({ allowed: true });
  });
});
