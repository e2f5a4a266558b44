import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisClient } from "../src/index.ts";
import { noRedis, redisUrl as url } from "./redis-servers.ts";

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
    const counters = await Promise.all(clients.map((client) => createRedisAttempts(client, { prefix })));
    const guesses = Array.from({ length: 200 }, (_, index) =>
      counters[index % 2]!.countAttempt(["alice", "app"], 5, WINDOW_MS, 0),
    );
    const counts = await Promise.all(guesses);
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(5);
    for (const { endsAt } of counts) expect(endsAt).toBeGreaterThan(0);
    expect(Math.max(...counts.map(({ endsAt }) => endsAt))).toBeLessThanOrEqual(WINDOW_MS);
  });

  it("T41: keys that differ never meet, and a reset frees its own key only", async () => {
    const [attempts] = await Promise.all(clients.map((client) => createRedisAttempts(client, { prefix })));
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
  const settings = (policy: string): RedisClient => ({
    set: async () => null,
    eval: async () => 0,
    configGet: async (name) => ({ [name]: { "maxmemory-policy": policy, appendonly: "yes", save: "" }[name] ?? "" }),
  });

  it.each([
    ["ledger", createRedisLedger],
    ["attempt counters", createRedisAttempts],
  ])("is refused by the %s, unless that is asked for", async (_name, create) => {
    await expect(create(settings("allkeys-lru"))).rejects.toMatchObject({ option: "client" });
    await expect(create(settings("allkeys-lru"), { allowEviction: true })).resolves.toBeDefined();
    await expect(create(settings("noeviction"))).resolves.toBeDefined();
  });

  it("names a wrong option", async () => {
    await expect(createRedisLedger(settings("noeviction"), { prefix: "a b" })).rejects.toMatchObject({
      option: "prefix",
    });
    await expect(createRedisAttempts({} as never)).rejects.toMatchObject({ option: "client" });
  });
});
