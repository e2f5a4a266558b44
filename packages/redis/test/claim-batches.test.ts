import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { createSimulatedRedis } from "../../../test/simulation/redis-simulator.ts";
import { createRedisLedger, type RedisClient } from "../src/index.ts";
import { claim, tick, TTL_MS } from "./claims.ts";

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_UNCHECKED");

describe("claims of one turn of the event loop", () => {
  async function open(others: Partial<RedisClient> = {}) {
    const redis = createSimulatedRedis({ clock: systemClock, save: "" });
    const simulated = redis.connect();
    const sent: (readonly string[])[] = [];
    const state = { refuses: false };
    const client: RedisClient = {
      configGet: (name) => simulated.configGet(name),
      eval(script, options) {
        if (state.refuses) return Promise.reject(new Error("ERR syntax error"));
        sent.push(options.keys);
        return simulated.eval(script, options);
      },
      ...others,
    };
    const ledger = await createRedisLedger(client, { checks: { persistence: "warn", settings: "warn" } });
    sent.length = 0;
    return { redis, ledger, sent, state };
  }

  it("share a command, and each has an outcome of its own", async () => {
    const { redis, ledger, sent } = await open();
    expect(await claim(ledger, "taken", "alice")).toBe(true);
    const before = await tick();
    redis.failOver({ lacking: 0 });
    await tick();
    expect(await claim(ledger, "noticed", "alice")).toBe(true);
    const after = await tick();
    sent.length = 0;
    const outcomes = await Promise.all([
      claim(ledger, "new", "alice", after),
      claim(ledger, "new", "bob", after),
      claim(ledger, "taken", "alice"),
      claim(ledger, "taken", "bob"),
      claim(ledger, "old", "bob", before),
      claim(ledger, "other", "bob"),
    ]);
    expect(outcomes).toEqual([true, false, true, false, "action_token_expired", true]);
    expect(sent.map((keys) => keys.length)).toEqual([7]);
    expect(await Promise.all(["old", "other", "new"].map((key) => claim(ledger, key, "carol", after)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("are in several commands where they are many", async () => {
    const { ledger, sent } = await open();
    const claims = Array.from({ length: 250 }, (_, index) => claim(ledger, `key-${index % 200}`, `owner-${index}`));
    const outcomes = await Promise.all(claims);
    expect(outcomes).toEqual(Array.from({ length: 250 }, (_, index) => index < 200));
    expect(sent.map((keys) => keys.length - 1)).toEqual([100, 100, 50]);
  });

  it("are each on the markers of their own on a cluster", async () => {
    const { ledger, sent } = await open({ slots: [] });
    const claims = Array.from({ length: 90 }, (_, index) => claim(ledger, `key-${index}`, "alice"));
    expect(new Set(await Promise.all(claims))).toEqual(new Set([true]));
    expect(sent.length).toBeGreaterThan(32);
    expect(sent.flatMap((keys) => keys.slice(1))).toHaveLength(90);
    for (const keys of sent) expect(new Set(keys.map((key) => /\{.*\}/.exec(key)![0])).size).toBe(1);
  });

  it("are before what is released after them", async () => {
    const { ledger } = await open();
    const claimed = claim(ledger, "key", "alice");
    const released = ledger.release("key", "alice");
    expect([await claimed, await released]).toEqual([true, undefined]);
    expect(await claim(ledger, "key", "bob")).toBe(true);
  });

  it("fail together, and not those after them", async () => {
    const { ledger, state } = await open();
    state.refuses = true;
    const both = await Promise.all([claim(ledger, "one", "alice"), claim(ledger, "two", "alice")]);
    expect(both).toEqual(["ledger_unavailable", "ledger_unavailable"]);
    state.refuses = false;
    expect(await claim(ledger, "one", "bob")).toBe(true);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("are not with one for %s milliseconds", async (ttlMs) => {
    const { ledger } = await open();
    const [wrong, right] = await Promise.allSettled([
      ledger.claim("wrong", "alice", ttlMs),
      ledger.claim("right", "alice", TTL_MS),
    ]);
    expect(wrong).toEqual({ status: "rejected", reason: new RangeError("a claim must last, and end") });
    expect(right).toEqual({ status: "fulfilled", value: true });
  });
});
