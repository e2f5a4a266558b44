import { inFull, itInFull } from "@require-action-test/support/full";
import { inspect } from "node:util";
import { allowWarnings, expectWarning } from "@require-action-test/support/warnings";
import type { Ledger } from "@require-action/core/ledger";
import { elapsedLessMargin } from "@require-action-test/support/timing";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisOptions } from "../src/index.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

const TTL_MS = 600_000;
/** Accepts that the server keeps nothing. */
const VOLATILE = { checks: { persistence: "warn" } } as const;

let redis: OwnRedis;
let proxy: FaultProxy;
const closing: (() => unknown)[] = [];

/** A client as applications should set one up, by way of the proxy. */
async function connect(options: Parameters<typeof createClient>[0] = {}) {
  const client = createClient({ url: `redis://${proxy.host}`, disableOfflineQueue: true, ...options });
  client.on("error", () => {});
  await client.connect();
  closing.push(() => client.destroy());
  return client;
}

describe.skipIf(noRedisServer)("a Redis that fails", () => {
  allowWarnings("RA_REDIS_VOLATILE");
  beforeEach(async () => {
    redis = await startRedis();
    proxy = await createFaultProxy({ port: redis.port });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await proxy.close();
    await redis.close();
  });

  it.each(inFull ? [true, false] : [true])(
    "F15: loses its reply 100 times: 100 owners find their claim their own (offline queue off: %s)",
    async (disableOfflineQueue) => {
      const ledger = await createRedisLedger(await connect({ disableOfflineQueue }), VOLATILE);
      const others = await createRedisLedger(await connect({ url: redis.url }), VOLATILE);
      for (let user = 0; user < 100; user++) {
        await proxy.use({ kind: "drop-reply", times: 1 });
        // Where the machine is too busy for another connection in time, the owner asks again.
        const ask = () => ledger.claim(`approval-${user}`, `owner-${user}`, TTL_MS).catch(() => "late");
        await expect.poll(ask).toBe(true);
        // The first asking had claimed it.
        expect(await others.claim(`approval-${user}`, "another", TTL_MS)).toBe(false);
      }
      expect(proxy.dropped).toBe(100);
    },
    60_000,
  );

  it("F14: is told of within the command's time when it is down, by its kind only, and claims again once it is back", async () => {
    const ledger = await createRedisLedger(await connect(), VOLATILE);
    const attempts = await createRedisAttempts(await connect(), VOLATILE);
    await proxy.use({ kind: "refuse" });
    const calls: readonly (() => Promise<unknown>)[] = [
      () => ledger.claim("approval", "alice", TTL_MS),
      () => ledger.release("approval", "alice"),
      () => attempts.countAttempt(["alice"], 5, TTL_MS, 0),
      () => attempts.resetAttempts(["alice"]),
    ];
    for (const call of calls) {
      const ms = await elapsedLessMargin(async () => {
        const error: unknown = await call().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ status: 503 });
        expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/127\.0\.0\.1|ECONN/);
      });
      expect(ms).toBeLessThan(200);
    }
    await proxy.use({ kind: "none" });
    await expect
      .poll(() => ledger.claim("approval", "alice", TTL_MS).catch(() => "down"), { timeout: 5_000 })
      .toBe(true);
  });

  it("is sent no claim later that waited for a connection until it was given up on", async () => {
    const ledger = await createRedisLedger(await connect({ disableOfflineQueue: false }), VOLATILE);
    const others = await createRedisLedger(await connect({ url: redis.url }), VOLATILE);
    await proxy.use({ kind: "refuse" });
    const claims = Array.from({ length: 20 }, (_, index) => ledger.claim(`approval-${index}`, "alice", TTL_MS));
    for (const { status } of await Promise.allSettled(claims)) expect(status).toBe("rejected");
    await proxy.use({ kind: "none" });
    await expect.poll(() => ledger.claim("later", "alice", TTL_MS).catch(() => "down"), { timeout: 5_000 }).toBe(true);
    for (let index = 0; index < 20; index++) {
      expect(await others.claim(`approval-${index}`, "bob", TTL_MS)).toBe(true);
    }
  });

  it("F16: T24: that keeps a counted attempt waiting is given up on, and no other count suffers", async () => {
    const attempts = await createRedisAttempts(await connect(), VOLATILE);
    await proxy.use({ kind: "stall" });
    const ms = await elapsedLessMargin(() =>
      expect(attempts.countAttempt(["alice"], 5, TTL_MS, 0)).rejects.toMatchObject({
        // Busy, where this process itself was kept from its work meanwhile.
        message: expect.stringMatching(/^provider_(?:unavailable|busy): redis: CommandTimeout$/),
      }),
    );
    expect(ms).toBeLessThan(200);
    await proxy.use({ kind: "none" });
    await expect(attempts.countAttempt(["bob"], 1, TTL_MS, 0)).resolves.toMatchObject({ allowed: true });
  });
});

describe.skipIf(noRedisServer)("a Redis that is killed and restarted while it is used", () => {
  const APPROVALS = 300;

  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await redis.close();
  });

  async function openLedger(options: RedisOptions): Promise<Ledger> {
    const client = createClient({ url: redis.url, disableOfflineQueue: true, socket: { reconnectStrategy: () => 10 } });
    client.on("error", () => {});
    await client.connect();
    closing.push(() => client.destroy());
    return createRedisLedger(client, options);
  }

  /** Claims one approval after another while Redis is killed twice; answers with what was won, and is replayed then. */
  async function claimAndReplay(options: RedisOptions = {}): Promise<{ won: number; replayed: number }> {
    const ledger = await openLedger(options);
    const won: number[] = [];
    for (let approval = 0; approval < APPROVALS; approval++) {
      if (approval === 100 || approval === 200) {
        const restart = redis.kill().then(() => redis.start());
        await ledger.claim("in-between", "nobody", 1).catch(() => {});
        await restart;
        await vi.waitFor(() => ledger.claim("in-between", "nobody", 1), { timeout: 10_000 });
      }
      if (await ledger.claim(`approval-${approval}`, "honest", TTL_MS)) won.push(approval);
    }
    let replayed = 0;
    for (const approval of won) {
      if (await ledger.claim(`approval-${approval}`, "attacker", TTL_MS)) replayed++;
    }
    return { won: won.length, replayed };
  }

  it("T7: forgets no claim where it persists, and none is replayed", async () => {
    redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    await expect(claimAndReplay()).resolves.toEqual({ won: APPROVALS, replayed: 0 });
  }, 60_000);

  itInFull(
    "T7: forgets them where it does not, of which the ledger has warned",
    async () => {
      expectWarning("RA_REDIS_VOLATILE");
      redis = await startRedis("--appendonly", "no");
      const { won, replayed } = await claimAndReplay(VOLATILE);
      expect(won).toBe(APPROVALS);
      expect(replayed).toBe(200);
    },
    60_000,
  );
});

describe.skipIf(noRedisServer)("a Redis that is full", () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await redis.close();
  });

  allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_EVICTION");
  const CLAIMS = 500;

  /** Claims, fills the memory with what others store, and answers how many of the claims can be made a second time. */
  async function replaysUnder(policy: string): Promise<number> {
    redis = await startRedis("--maxmemory", "8mb", "--maxmemory-policy", policy);
    const client = createClient({ url: redis.url, disableOfflineQueue: true });
    client.on("error", () => {});
    await client.connect();
    closing.push(() => client.destroy());
    const ledger = await createRedisLedger(client, { checks: { persistence: "warn", eviction: "warn" } });
    for (let claim = 0; claim < CLAIMS; claim++)
      expect(await ledger.claim(`approval-${claim}`, "honest", TTL_MS)).toBe(true);
    const filling = Array.from({ length: 3_000 }, (_, index) =>
      client.set(`other-${index}`, "x".repeat(8_000)).catch(() => {}),
    );
    await Promise.all(filling);
    let replayed = 0;
    for (let claim = 0; claim < CLAIMS; claim++) {
      const won = await ledger.claim(`approval-${claim}`, "attacker", TTL_MS).catch(() => false);
      if (won) replayed++;
    }
    return replayed;
  }

  it("T7: and evicts nothing accepts 0 of 500 replays", async () => {
    expect(await replaysUnder("noeviction")).toBe(0);
  }, 60_000);

  itInFull(
    "T7: and evicts accepts some, which is why it is refused",
    async () => {
      expect(await replaysUnder("allkeys-lru")).toBeGreaterThan(0);
      await expect(createRedisLedger(createClientOf(redis), VOLATILE)).rejects.toMatchObject({
        option: "checks.eviction",
      });
    },
    60_000,
  );
});

function createClientOf({ url }: OwnRedis) {
  const client = createClient({ url });
  client.on("error", () => {});
  void client.connect();
  closing.push(() => client.destroy());
  return client;
}
