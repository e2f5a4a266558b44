import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { inFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { createFaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRedisAttempts, createRedisLedger } from "../src/index.ts";
import { claim, TTL_MS, VOLATILE, WINDOW_MS } from "./claims.ts";
import { clientsOfClusters, clientsOfOne } from "./clients.ts";
import {
  noRedis,
  noRedisServer,
  type OwnRedis,
  redisUrl,
  sharedRedis,
  startCluster,
  startRedis,
} from "./redis-servers.ts";

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_UNCHECKED");

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const ofOne = clientsOfOne.filter(({ name }) => inFull || ["redis 6", "ioredis 6"].includes(name));
const ofClusters = clientsOfClusters.filter(({ name }) => inFull || name === "ioredis 6");

describe.each(ofOne)("$name", ({ name, open }) => {
  describe.skipIf(noRedis)("on one Redis", () => {
    describeLedgerConformance({
      name,
      async open() {
        const prefix = `test:${randomUUID()}`;
        const opened = await Promise.all([open(redisUrl), open(redisUrl)]);
        const [ledger, other] = await Promise.all(
          opened.map(({ client }) => createRedisLedger(client, { prefix, commandTimeoutMs: 10_000, ...sharedRedis })),
        );
        return {
          ledger: ledger!,
          other: other!,
          // Redis keeps its own time.
          pass: (ms) => pass(ms),
          close: async () => void (await Promise.all(opened.map(({ close }) => close()))),
        };
      },
    });

    it("T20: counts attempts, and forgets those that it is told to", async () => {
      const { client, close } = await open(redisUrl);
      closing.push(close);
      const options = { prefix: `test:${randomUUID()}`, commandTimeoutMs: 10_000, ...sharedRedis };
      const attempts = await createRedisAttempts(client, options);
      const count = async () => (await attempts.countAttempt(["alice"], 2, WINDOW_MS, 0)).allowed;
      expect([await count(), await count(), await count()]).toEqual([true, true, false]);
      await attempts.resetAttempts(["alice"]);
      expect(await count()).toBe(true);
    });
  });

  describe.skipIf(noRedisServer)("on a Redis of its own", () => {
    async function start(...settings: readonly string[]): Promise<OwnRedis> {
      const redis = await startRedis(...settings);
      closing.push(() => redis.close());
      return redis;
    }

    it("T53: reads how Redis is set up, and refuses one that may forget", async () => {
      const redis = await start("--appendonly", "no");
      const { client, close } = await open(redis.url);
      closing.push(close);
      await expect(createRedisLedger(client)).rejects.toMatchObject({ option: "checks.persistence" });
      await expect(createRedisLedger(client, VOLATILE)).resolves.toBeDefined();
    });

    it("F15: finds its claim after a lost reply, sooner or later, and nobody else does", async () => {
      const redis = await start();
      const proxy = await createFaultProxy({ port: redis.port });
      closing.push(() => proxy.close());
      const { client, close } = await open(`redis://${proxy.host}`);
      closing.push(close);
      const ledger = await createRedisLedger(client, { ...VOLATILE, commandTimeoutMs: 5_000 });
      for (let user = 0; user < 20; user++) {
        await proxy.use({ kind: "drop-reply", times: 1 });
        await expect.poll(() => claim(ledger, `approval-${user}`, "alice")).toBe(true);
        expect(await claim(ledger, `approval-${user}`, "mallory")).toBe(false);
      }
      expect(proxy.dropped).toBe(20);
    });

    it("F14: claims nothing later for those that found no connection", async () => {
      const redis = await start("--appendonly", "yes", "--appendfsync", "always");
      const { client, close } = await open(redis.url);
      closing.push(close);
      const ledger = await createRedisLedger(client, { commandTimeoutMs: 100 });
      await redis.kill();
      await expect.poll(() => claim(ledger, "before", "alice")).toBe("ledger_unavailable");
      const waiting = Array.from({ length: 20 }, (_, index) => claim(ledger, `approval-${index}`, "alice"));
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(["ledger_unavailable"]));
      await redis.start();
      await expect.poll(() => claim(ledger, "after", "alice")).toBe(true);
      for (let index = 0; index < 20; index++) expect(await claim(ledger, `approval-${index}`, "bob")).toBe(true);
    });
  });
});

describe.skipIf(noRedisServer)("on a cluster of three masters", () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>;
  beforeAll(async () => void (cluster = await startCluster(3, "--appendonly", "yes", "--appendfsync", "always")));
  afterAll(() => cluster?.close());

  describe.each(ofClusters)("$name", ({ name, open }) => {
    const managed = { checks: { settings: "warn" }, commandTimeoutMs: 10_000 } as const;

    describeLedgerConformance({
      name,
      async open() {
        const prefix = `test:${randomUUID()}`;
        const opened = await Promise.all([open(cluster.ports), open(cluster.ports)]);
        const [ledger, other] = await Promise.all(
          opened.map(({ client }) => createRedisLedger(client, { prefix, ...managed })),
        );
        return {
          ledger: ledger!,
          other: other!,
          pass: (ms) => pass(ms),
          close: async () => void (await Promise.all(opened.map(({ close }) => close()))),
        };
      },
    });

    it("T53: knows nothing of how its nodes are set up, and says so unless somebody vouches for them", async () => {
      const { client, close } = await open(cluster.ports);
      closing.push(close);
      await expect(createRedisLedger(client, { commandTimeoutMs: 10_000 })).rejects.toMatchObject({
        option: "checks.settings",
      });
    });

    it("spreads its claims over all masters, and counts attempts", async () => {
      const { client, close } = await open(cluster.ports);
      closing.push(close);
      const prefix = `spread:${randomUUID()}`;
      const ledger = await createRedisLedger(client, { prefix, ...managed });
      for (let index = 0; index < 60; index++) {
        expect(await ledger.claim(`approval-${index}`, "alice", TTL_MS)).toBe(true);
      }
      const attempts = await createRedisAttempts(client, { prefix, ...managed });
      expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
      expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
      for (const port of cluster.ports) {
        const node = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
        closing.push(() => node.destroy());
        const own = (await node.keys(`${prefix}:*`)).filter((key) => !key.endsWith(":master"));
        expect(own.length).toBeGreaterThan(0);
      }
    });
  });
});

it("T7: what is no client of either kind is refused by name", async () => {
  for (const client of [undefined, {}, { eval: 1 }, { get: () => {} }]) {
    await expect(createRedisLedger(client as never)).rejects.toMatchObject({ option: "client" });
  }
});

it.skipIf(noRedis)(
  "T7: what collects commands or takes callbacks, rather than answer, is refused by name",
  async () => {
    const client = createClient({ url: redisUrl });
    client.on("error", () => {});
    await client.connect();
    closing.push(() => client.destroy());
    const io = new Redis(redisUrl);
    closing.push(() => io.disconnect());
    for (const wrong of [client.legacy(), client.multi(), io.pipeline(), io.multi()]) {
      await expect(createRedisLedger(wrong as never, sharedRedis)).rejects.toMatchObject({ option: "client" });
      await expect(createRedisAttempts(wrong as never, sharedRedis)).rejects.toMatchObject({ option: "client" });
    }
  },
);
