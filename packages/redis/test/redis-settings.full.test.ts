import { inFull } from "@require-action-test/support/full";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRedisAttempts, createRedisLedger, type RedisClient, type RedisOptions } from "../src/index.ts";
import { APPEND_ONLY, CREATE, expectRefusedUnlessNamed, forgetful, warnings } from "./forgetful-servers.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

let redis: OwnRedis;
const closing: (() => unknown)[] = [];

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) close();
  await redis.close();
});

async function connect(options: Parameters<typeof createClient>[0] = {}) {
  const client = createClient({ url: redis.url, disableOfflineQueue: true, ...options });
  client.on("error", () => {});
  await client.connect();
  closing.push(() => client.destroy());
  return client;
}

describe.skipIf(noRedisServer)("T53: T7: a Redis that may forget", () => {
  describe.each(forgetful)("with %s", (_name, forgetting) => {
    it.each(CREATE)("is refused by the %s, unless an option names it", async (_what, create) => {
      redis = await startRedis(...forgetting.server);
      const client = await connect();
      await expectRefusedUnlessNamed(create, client, forgetting);
    });
  });

  it.each(CREATE)("is not one with appendfsync always: the %s say nothing", async (_what, create) => {
    redis = await startRedis(...APPEND_ONLY, "always");
    const client = await connect();
    const choices: readonly RedisOptions[] = [
      {},
      { checks: { persistence: "warn", fsyncAlways: "warn", fsyncEverysec: "warn", eviction: "warn" } },
      { checks: { replication: "warn", settings: "refuse" } },
    ];
    for (const options of choices) await create(client, options);
    expect(warnings()).toEqual([]);
  });

  it.each(CREATE)("may forbid CONFIG or INFO to the %s: an operator has to vouch for it", async (_what, create) => {
    redis = await startRedis(...APPEND_ONLY, "always");
    const admin = await connect();
    for (const [command, check, what] of [
      ["config", "settings", "appendfsync of this Redis"],
      ["info", "replication", "INFO replication of this Redis"],
    ] as const) {
      await admin.sendCommand(["ACL", "SETUSER", command, "on", ">pass", "~*", "&*", "+@all", `-${command}`]);
      const client = await connect({ username: command, password: "pass" });
      await expect(create(client)).rejects.toMatchObject({ option: `checks.${check}` });
      await expect(create(client)).rejects.toThrow(`allow ${command.toUpperCase()}`);
      expect(warnings()).toEqual([]);
      await create(client, { checks: { [check]: "warn" } });
      expect(warnings()).toEqual([expect.stringMatching(new RegExp(`^RA_REDIS_UNCHECKED: .*${what} cannot be read`))]);
    }
  });

  it.each(inFull ? CREATE : CREATE.slice(0, 1))(
    "may swallow CONFIG: the %s do not hang at the start",
    async (_what, create) => {
      redis = await startRedis(...APPEND_ONLY, "always");
      const client = await connect();
      const silent: RedisClient = { eval: client.eval.bind(client), configGet: () => new Promise(() => {}) };
      const startedAt = performance.now();
      await expect(create(silent)).rejects.toMatchObject({ option: "checks.settings" });
      await create(silent, { checks: { settings: "warn" } });
      expect(performance.now() - startedAt).toBeLessThan(8_000);
      expect(warnings()).toEqual([expect.stringContaining("RA_REDIS_UNCHECKED")]);
    },
  );

  it.each(CREATE)("may be a cluster, whose nodes the %s cannot ask", async (_what, create) => {
    redis = await startRedis(...APPEND_ONLY, "always");
    const client = await connect();
    const cluster: RedisClient = { eval: client.eval.bind(client) };
    await expect(create(cluster)).rejects.toMatchObject({ option: "checks.settings" });
    await create(cluster, { checks: { settings: "warn" } });
    expect(warnings()).toEqual([expect.stringContaining("RA_REDIS_UNCHECKED")]);
  });

  it("that cannot be reached is an outage rather than a setting", async () => {
    redis = await startRedis();
    const client = await connect();
    await redis.kill();
    await expect(createRedisLedger(client, { checks: { settings: "warn" } })).rejects.toMatchObject({
      code: "ledger_unavailable",
    });
    await expect(createRedisAttempts(client, { checks: { settings: "warn" } })).rejects.toMatchObject({
      code: "provider_unavailable",
    });
  });
});
