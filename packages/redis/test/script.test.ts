import { allowWarnings } from "@require-action-test/support/warnings";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRedisLedger, type RedisClient } from "../src/index.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

const TTL_MS = 600_000;
const VOLATILE = { checks: { persistence: "warn" } } as const;

describe.skipIf(noRedisServer)("scripts", () => {
  let redis: OwnRedis;
  const closing: (() => unknown)[] = [];

  allowWarnings("RA_REDIS_VOLATILE");
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await redis.close();
  });

  async function connect(options: Parameters<typeof createClient>[0] = {}) {
    const client = createClient({ url: redis.url, ...options });
    client.on("error", () => {});
    await client.connect();
    closing.push(() => client.destroy());
    return client;
  }

  /** Counts the commands that carry a script. */
  async function countingEval(client: Awaited<ReturnType<typeof connect>>) {
    const sent = { evals: 0 };
    const counting: RedisClient = {
      eval(script, parameters) {
        sent.evals += 1;
        return client.eval(script, parameters);
      },
      evalSha: (digest, parameters) => client.evalSha(digest, parameters),
      configGet: (name) => client.configGet(name),
    };
    const ledger = await createRedisLedger(counting, VOLATILE);
    sent.evals = 0;
    return { ledger, sent };
  }

  it("are sent once, at the start, and again to a Redis that has forgotten them", async () => {
    const client = await connect();
    const { ledger, sent } = await countingEval(client);
    for (let index = 0; index < 5; index++) expect(await ledger.claim(`key-${index}`, "alice", TTL_MS)).toBe(true);
    expect(sent.evals).toBe(0);
    await client.scriptFlush();
    expect(await ledger.claim("key-0", "bob", TTL_MS)).toBe(false);
    expect(await ledger.claim("key-5", "bob", TTL_MS)).toBe(true);
    expect(sent.evals).toBe(1);
  });

  it("are sent each time for a user who may not use digests", async () => {
    const admin = await connect();
    await admin.aclSetUser("teller", ["on", ">secret", "~*", "+@all", "-evalsha"]);
    const { ledger, sent } = await countingEval(await connect({ username: "teller", password: "secret" }));
    expect(await ledger.claim("key", "alice", TTL_MS)).toBe(true);
    expect(await ledger.claim("key", "bob", TTL_MS)).toBe(false);
    expect(sent.evals).toBe(2);
    await ledger.release("key", "alice");
    expect(await ledger.claim("key", "bob", TTL_MS)).toBe(true);
  });

  it("that fail are not sent again", async () => {
    const client = await connect();
    const { ledger, sent } = await countingEval(client);
    await ledger.claim("key", "alice", TTL_MS);
    await client.lPush("in-the-way", "1");
    await client.rename("in-the-way", "require-action:{ledger}:master");
    sent.evals = 0;
    await expect(ledger.claim("another", "alice", TTL_MS)).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(sent.evals).toBe(0);
  });
});
