import { itInFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import type { Ledger } from "@require-action/core/ledger";
import { createFaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { createClient, createCluster } from "redis";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisClient, type RedisOptions } from "../src/index.ts";
import { claim, tick, VOLATILE, WINDOW_MS } from "./claims.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

const closing: (() => unknown)[] = [];

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_FSYNC", "RA_REDIS_UNCHECKED");
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...settings: readonly string[]): Promise<OwnRedis> {
  const redis = await startRedis(...settings);
  closing.push(() => redis.close());
  return redis;
}

async function connect({ url }: Pick<OwnRedis, "url">) {
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: () => 5 } });
  client.on("error", () => {});
  await client.connect();
  closing.push(() => client.destroy());
  return client;
}

type RealClient = Awaited<ReturnType<typeof connect>>;

/** A client behind a name that leads to another server some day: nothing reconnects, and nobody is told. */
function createName(first: RealClient): RedisClient & { leadTo(client: RealClient): void } {
  let client = first;
  return {
    eval: (script, options) => client.eval(script, options),
    configGet: (parameter) => client.configGet(parameter),
    leadTo: (next) => void (client = next),
  };
}

/** Waits until a ledger has met its Redis again. */
async function settled(ledger: Ledger): Promise<void> {
  await vi.waitFor(() => ledger.claim("settled", "nobody", 1), { timeout: 10_000, interval: 10 });
}

/** Servers of every kind, with the options that accept them. */
const servers: readonly (readonly [name: string, settings: readonly string[], options: RedisOptions])[] = [
  ["stock settings", ["--save", "3600 1 300 100 60 10000"], VOLATILE],
  ["no persistence", ["--save", ""], VOLATILE],
  ["appendfsync always", ["--appendonly", "yes", "--appendfsync", "always"], {}],
  ["appendfsync everysec", ["--appendonly", "yes", "--appendfsync", "everysec"], { checks: { fsyncAlways: "warn" } }],
  [
    "appendfsync no",
    ["--appendonly", "yes", "--appendfsync", "no"],
    { checks: { fsyncAlways: "warn", fsyncEverysec: "warn" } },
  ],
  ["CONFIG refused", ["--appendonly", "yes", "--rename-command", "CONFIG", ""], { checks: { settings: "warn" } }],
];
describe.skipIf(noRedisServer)("T53: a Redis that was killed and restarted", () => {
  it.each(servers)("with %s: no approval is used twice, and what is approved then is used once", async (...given) => {
    const [, settings, options] = given;
    const redis = await start(...settings);
    const ledger = await createRedisLedger(await connect(redis), options);
    const used = await tick();
    const unused = used;
    expect(await claim(ledger, "used", "honest", used)).toBe(true);
    await tick();
    await redis.kill();
    await redis.start();
    await settled(ledger);
    // A process that starts only now knows as much as one that has seen it happen.
    const later = await createRedisLedger(await connect(redis), options);
    for (const one of [ledger, later]) {
      for (const owner of ["attacker", "honest"]) {
        expect(await claim(one, "used", owner, used)).toBe("action_token_expired");
      }
      expect(await claim(one, "unused", "honest", unused)).toBe("action_token_expired");
    }
    const since = await tick();
    expect(await claim(later, "review", "honest", since)).toBe(true);
    expect(await claim(ledger, "review", "attacker", since)).toBe(false);
    expect(await claim(ledger, "review", "honest", since)).toBe(true);
    await ledger.release("review", "honest");
    expect(await claim(later, "review", "again", since)).toBe(true);
  });

  it.each(servers)("with %s: guesses do not start anew", async (...given) => {
    const [, settings, options] = given;
    const redis = await start(...settings);
    const attempts = await createRedisAttempts(await connect(redis), options);
    const allowed: boolean[] = [];
    const guess = async (counter: typeof attempts): Promise<void> => {
      const { allowed: one, endsAt } = await counter.countAttempt(["alice"], 5, WINDOW_MS, 1_000);
      allowed.push(one);
      expect(endsAt).toBeGreaterThan(1_000);
      expect(endsAt).toBeLessThanOrEqual(1_000 + WINDOW_MS);
    };
    for (let index = 0; index < 4; index++) await guess(attempts);
    await redis.kill();
    await redis.start();
    await vi.waitFor(() => attempts.resetAttempts(["nobody"]), { timeout: 10_000, interval: 10 });
    for (let index = 0; index < 4; index++) await guess(attempts);
    expect(allowed).toEqual([true, true, true, true, false, false, false, false]);
  });

  it("with snapshots: a process that starts after it learns of it from the marker in the snapshot", async () => {
    const redis = await start("--save", "3600 1");
    const client = await connect(redis);
    const ledger = await createRedisLedger(client, VOLATILE);
    const attempts = await createRedisAttempts(client, VOLATILE);
    await client.sendCommand(["SAVE"]);
    const used = await tick();
    expect(await claim(ledger, "used", "honest", used)).toBe(true);
    await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0);
    client.destroy();
    await tick();
    await redis.kill();
    await redis.start();
    const another = await connect(redis);
    expect(await claim(await createRedisLedger(another, VOLATILE), "used", "attacker", used)).toBe(
      "action_token_expired",
    );
    const counters = await createRedisAttempts(another, VOLATILE);
    expect(await counters.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
  });
});

describe.skipIf(noRedisServer)("T53: another master", () => {
  /** A master, and a replica that has all of its writes and has been up for as long. */
  async function startPair() {
    const master = await start();
    const replica = await start("--replicaof", "127.0.0.1", String(master.port));
    const [client, spare] = [await connect(master), await connect(replica)];
    await vi.waitFor(async () => expect(await spare.info("replication")).toContain("master_link_status:up"), {
      timeout: 20_000,
      interval: 50,
    });
    return { master, client, spare, name: createName(client), copied: () => client.sendCommand(["WAIT", "1", "5000"]) };
  }

  it("that lacks the last claims refuses what was approved before, though nothing reconnects", async () => {
    const { name, spare, copied } = await startPair();
    const ledger = await createRedisLedger(name, VOLATILE);
    const other = await createRedisLedger(name, VOLATILE);
    const before = await tick();
    expect(await claim(ledger, "copied", "honest", before)).toBe(true);
    await copied();
    await spare.sendCommand(["REPLICAOF", "NO", "ONE"]);
    expect(await claim(ledger, "lost", "honest", before)).toBe(true);
    await tick();
    name.leadTo(spare);
    for (const one of [ledger, other, await createRedisLedger(name, VOLATILE)]) {
      expect(await claim(one, "lost", "attacker", before)).toBe("action_token_expired");
      expect(await claim(one, "copied", "attacker", before)).toBe("action_token_expired");
    }
    // A claim of no approval, such as a webhook's, is found as far as it is there.
    expect(await claim(ledger, "copied", "attacker")).toBe(false);
    const since = await tick();
    expect(await claim(ledger, "new", "honest", since)).toBe(true);
    expect(await claim(other, "new", "attacker", since)).toBe(false);
  });

  itInFull(
    "is also one that was a replica in between, in the same process",
    async () => {
      const { name, client, spare, copied } = await startPair();
      const ledger = await createRedisLedger(name, VOLATILE);
      const attempts = await createRedisAttempts(name, VOLATILE);
      await copied();
      const before = await tick();
      await spare.sendCommand(["REPLICAOF", "NO", "ONE"]);
      expect(await claim(ledger, "lost", "honest", before)).toBe(true);
      await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0);
      const { port } = spare.options!.socket as { readonly port: number };
      await client.sendCommand(["REPLICAOF", "127.0.0.1", String(port)]);
      await vi.waitFor(async () => expect(await client.info("replication")).toContain("master_link_status:up"), {
        timeout: 20_000,
        interval: 50,
      });
      expect(await claim(ledger, "lost", "attacker", before)).toBe("ledger_unavailable");
      await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
      expect(await claim(ledger, "lost", "attacker", before)).toBe("action_token_expired");
      expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
    },
    60_000,
  );

  itInFull("a replica that takes writes is none: its claims would be overwritten", async () => {
    const { spare } = await startPair();
    await spare.configSet("replica-read-only", "no");
    await expect(createRedisLedger(spare, VOLATILE)).rejects.toThrow("ledger_unavailable: redis: SimpleError READONLY");
  });

  it.each([
    ["is emptied", (client: RealClient) => client.flushAll()],
    ["loses its marker", (client: RealClient) => client.del("bank:{ledger}:master")],
    ["has a marker that says nothing", (client: RealClient) => client.set("bank:{ledger}:master", "x")],
  ])("and one that %s refuse what was approved before", async (_what, happen) => {
    const redis = await start();
    const client = await connect(redis);
    const options = { ...VOLATILE, prefix: "bank" };
    const ledger = await createRedisLedger(client, options);
    const before = await tick();
    expect(await claim(ledger, "used", "honest", before)).toBe(true);
    await tick();
    await happen(client);
    expect(await claim(ledger, "used", "attacker", before)).toBe("action_token_expired");
    const later = await createRedisLedger(client, options);
    expect(await claim(later, "used", "attacker", before)).toBe("action_token_expired");
    expect(await claim(later, "new", "honest", await tick())).toBe(true);
  });

  it("is noticed as soon as the client connects anew: what is approved from then on is good", async () => {
    // Long enough to be asked within it on a machine that is busy.
    const WINDOW = 1_000;
    const redis = await start();
    const client = await connect(redis);
    const ledger = await createRedisLedger(client, VOLATILE);
    const attempts = await createRedisAttempts(client, VOLATILE);
    const watching = await connect(redis);
    const marker = (): Promise<string | null> => watching.get("require-action:{ledger}:master").catch(() => null);
    const former = await marker();
    await redis.kill();
    await redis.start();
    await vi.waitFor(async () => expect([null, former]).not.toContain(await marker()), {
      timeout: 10_000,
      interval: 10,
    });
    const approvedAt = await tick();
    await tick();
    expect(await claim(ledger, "new", "honest", approvedAt)).toBe(true);
    expect(await attempts.countAttempt(["alice"], 5, WINDOW, 0)).toMatchObject({ allowed: false });
    await vi.waitFor(
      async () => expect(await attempts.countAttempt(["alice"], 5, WINDOW, 0)).toMatchObject({ allowed: true }),
      { timeout: 10_000, interval: 100 },
    );
  });
});

describe.skipIf(noRedisServer)("T53: a Redis that never answers", () => {
  it("ends the start within its time", async () => {
    const redis = await start("--appendonly", "yes", "--appendfsync", "always");
    const proxy = await createFaultProxy({ port: redis.port });
    closing.push(() => proxy.close());
    const client = await connect({ url: `redis://${proxy.host}` });
    await proxy.use({ kind: "stall" });
    const startedAt = performance.now();
    await expect(createRedisLedger(client)).rejects.toThrow("ledger_unavailable: redis: CommandTimeout");
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

itInFull.skipIf(noRedisServer)(
  "T53: a real cluster claims once, counts, and refuses what was approved before its node was restarted",
  async () => {
    const redis = await start("--appendonly", "yes", "--appendfsync", "always", "--cluster-enabled", "yes");
    const admin = await connect(redis);
    await admin.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    const isUp = async (): Promise<void> =>
      expect(await admin.sendCommand(["CLUSTER", "INFO"])).toContain("cluster_state:ok");
    await vi.waitFor(isUp, { timeout: 20_000, interval: 50 });
    const cluster = createCluster({ rootNodes: [{ url: redis.url }] });
    cluster.on("error", () => {});
    await cluster.connect();
    closing.push(() => cluster.destroy());
    const options = { checks: { settings: "warn" }, commandTimeoutMs: 1_000 } as const;
    const ledger = await createRedisLedger(cluster, options);
    const attempts = await createRedisAttempts(cluster, options);
    const before = await tick();
    for (const key of ["a", "b", "c", "d"]) {
      expect(await claim(ledger, key, "honest", before)).toBe(true);
      expect(await claim(ledger, key, "attacker", before)).toBe(false);
      expect(await attempts.countAttempt([key], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
      expect(await attempts.countAttempt([key], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
    }
    await ledger.release("d", "honest");
    expect(await claim(ledger, "d", "again", before)).toBe(true);
    await redis.kill();
    await redis.start();
    await vi.waitFor(isUp, { timeout: 20_000, interval: 50 });
    await vi.waitFor(() => ledger.claim("a", "honest", 1), { timeout: 20_000, interval: 50 });
    for (const key of ["a", "b", "e"])
      expect(await claim(ledger, key, "attacker", before)).toBe("action_token_expired");
    expect(await claim(ledger, "e", "honest", await tick())).toBe(true);
  },
  60_000,
);
