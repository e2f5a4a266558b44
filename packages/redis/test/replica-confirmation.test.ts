import { inFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { createClient, createClientPool } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisClient } from "../src/index.ts";
import { claim, tick, TTL_MS, VOLATILE } from "./claims.ts";
import { clientsOfOne } from "./clients.ts";
import { aclCommands, setUser } from "./least-rights.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

allowWarnings("RA_REDIS_VOLATILE");
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const pooled: typeof clientsOfOne = [
  {
    name: "redis 6, a pool",
    async open(url) {
      const pool = createClientPool({ url }, { minimum: 3 });
      pool.on("error", () => {});
      await pool.connect();
      return { client: pool, close: () => pool.destroy() };
    },
  },
];
const clients = [...clientsOfOne, ...pooled].filter(({ name }) => inFull || ["redis 6", "ioredis 6"].includes(name));

describe.skipIf(noRedisServer)("T53: a master with two replicas", () => {
  let master: OwnRedis;
  let replicas: readonly OwnRedis[];

  const follow = (): Promise<OwnRedis> =>
    startRedis("--replicaof", "127.0.0.1", String(master.port), "--repl-diskless-sync-delay", "0");
  beforeAll(async () => {
    master = await startRedis();
    replicas = [await follow(), await follow()];
    await haveCaughtUp();
  }, 60_000);
  afterAll(async () => {
    for (const one of [...(replicas ?? []), master]) await one?.close();
  });

  async function haveCaughtUp(): Promise<void> {
    const client = await createClient({ url: master.url }).connect();
    const areConnected = async (): Promise<void> =>
      expect((await client.info("replication")).match(/state=online/g)).toHaveLength(2);
    await vi.waitFor(areConnected, { timeout: 30_000, interval: 50 }).finally(() => client.destroy());
  }

  async function connect(name: string, url = master.url) {
    const { client, close } = await clients.find((one) => one.name === name)!.open(url);
    closing.push(close);
    return client;
  }

  describe.each(clients.map(({ name }) => name))("by %s", (name) => {
    const patient = { ...VOLATILE, commandTimeoutMs: 10_000, prefix: name.replaceAll(/\W+/g, "-") };

    it("has a claim on both before it counts", async () => {
      const ledger = await createRedisLedger(await connect(name), { ...patient, waitForReplicas: 2 });
      for (let index = 0; index < 20; index++) {
        const approvedAt = await tick();
        const key = `approval-${index}`;
        expect(await claim(ledger, key, "alice", approvedAt)).toBe(true);
        expect(await claim(ledger, key, "alice", approvedAt)).toBe(true);
        expect(await claim(ledger, key, "bob", approvedAt)).toBe(false);
      }
      for (const { url } of replicas) {
        const replica = await createClient({ url }).connect();
        const keys = await replica.keys(`${patient.prefix}:*`);
        replica.destroy();
        expect(keys.filter((key) => !key.endsWith(":master")).length).toBeGreaterThanOrEqual(20);
      }
    });

    it("has many claims at once on both", async () => {
      const ledger = await createRedisLedger(await connect(name), { ...patient, waitForReplicas: 2 });
      const approvedAt = await tick();
      const claims = Array.from({ length: 50 }, (_, index) => claim(ledger, `many-${index}`, "alice", approvedAt));
      expect(new Set(await Promise.all(claims))).toEqual(new Set([true]));
    });

    it("refuses a claim that one of them has not got in time, and leaves it to its owner", async () => {
      const [client, other] = [await connect(name), await connect(name)];
      const ledger = await createRedisLedger(client, { ...patient, commandTimeoutMs: 300, waitForReplicas: 2 });
      const careless = await createRedisLedger(other, { ...patient, waitForReplicas: 1 });
      replicas[0]!.suspend();
      try {
        const approvedAt = await tick();
        await expect(ledger.claim("late", "alice", TTL_MS, approvedAt)).rejects.toThrow(
          "ledger_unavailable: redis: UnconfirmedClaim",
        );
        expect(await claim(careless, "late", "bob", approvedAt)).toBe(false);
        expect(await claim(careless, "enough", "alice", approvedAt)).toBe(true);
        replicas[0]!.resume();
        await expect.poll(() => claim(ledger, "late", "alice", approvedAt), { timeout: 10_000 }).toBe(true);
      } finally {
        replicas[0]!.resume();
      }
    });
  });

  it("refuses a claim at once where a replica is gone", async () => {
    const ledger = await createRedisLedger(await connect("redis 6"), {
      ...VOLATILE,
      commandTimeoutMs: 20_000,
      waitForReplicas: 2,
    });
    await replicas[1]!.kill();
    const startedAt = performance.now();
    await expect.poll(() => claim(ledger, "gone", "alice")).toBe("ledger_unavailable");
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    await replicas[1]!.start();
    await haveCaughtUp();
    expect(await claim(ledger, "gone", "bob")).toBe(false);
    expect(await claim(ledger, "gone", "alice")).toBe(true);
  }, 60_000);

  it("is refused at the start where more are demanded than it has", async () => {
    const opening = createRedisLedger(await connect("redis 6"), { ...VOLATILE, waitForReplicas: 3 });
    await expect(opening).rejects.toMatchObject({
      code: "configuration_invalid",
      option: "waitForReplicas",
      problem: "demands 3, and INFO of a master of this Redis lists 2 that are connected",
    });
  });

  it("needs the right to WAIT, which is named at the start", async () => {
    const client = await connect("redis 6", await setUser(master, aclCommands()));
    await expect(createRedisLedger(client, { ...VOLATILE, waitForReplicas: 1 })).rejects.toThrow(
      "the user of this Redis may not run WAIT",
    );
    await expect(createRedisLedger(client, VOLATILE)).resolves.toBeDefined();
  });

  it("and a ledger that claims with the least rights", async () => {
    const client = await connect("redis 6", await setUser(master, [...aclCommands(), "+wait"]));
    const ledger = await createRedisLedger(client, { ...VOLATILE, commandTimeoutMs: 10_000, waitForReplicas: 2 });
    expect(await claim(ledger, "least", "alice")).toBe(true);
  });
});

describe("the option waitForReplicas", () => {
  const client: RedisClient = { eval: async () => 0, configGet: async () => ({}) };

  it.each([0, -1, 1.5, 101, "1", true, Number.NaN])("is not %j", async (waitForReplicas) => {
    await expect(createRedisLedger(client, { waitForReplicas } as never)).rejects.toMatchObject({
      code: "configuration_invalid",
      option: "waitForReplicas",
      problem: "must be a whole number from 1 to 100",
    });
  });

  it.each([
    ["of one server", client],
    ["of a cluster", { ...client, slots: [] }],
    ["in the shape of ioredis", { ...client, evalsha: async () => 0, status: "ready", on: () => {} }],
  ])("is refused for a client %s that sends no WAIT", async (_what, without) => {
    await expect(createRedisLedger(without as RedisClient, { waitForReplicas: 1 })).rejects.toMatchObject({
      option: "waitForReplicas",
      problem: "needs a client that sends WAIT: `wait` of node-redis, `pipeline` of ioredis",
    });
  });

  it("is none of attempt counters", async () => {
    await expect(createRedisAttempts(client, { waitForReplicas: 1 } as never)).rejects.toMatchObject({
      option: "waitForReplicas",
    });
  });
});
