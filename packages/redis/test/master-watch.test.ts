import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { createSimulatedRedis } from "../../../test/simulation/redis-simulator.ts";
import { createRedisAttempts, createRedisLedger, type RedisClient, type RedisOptions } from "../src/index.ts";
import { claim, tick, TTL_MS, VOLATILE, WINDOW_MS } from "./claims.ts";

const DAY_MS = 86_400_000;

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_UNCHECKED");

describe("T53: what a change of the master costs", () => {
  function simulate() {
    const time = { ms: 1_800_000_000_000 };
    const clock = { now: () => time.ms };
    const redis = createSimulatedRedis({ clock, save: "" });
    const open = (options: RedisOptions = {}) =>
      createRedisLedger(redis.connect(), { ...VOLATILE, commandTimeoutMs: 1, clock, ...options });
    const count = (options: RedisOptions = {}) =>
      createRedisAttempts(redis.connect(), { ...VOLATILE, commandTimeoutMs: 1_000, clock, ...options });
    return { time, redis, open, count };
  }

  it("attempts of a window are refused until it has passed since, and then counted as ever", async () => {
    const { time, redis, count } = simulate();
    const attempts = await count();
    redis.failOver({ lacking: 0 });
    const guess = () => attempts.countAttempt(["alice"], 2, DAY_MS, 5_000);
    expect(await guess()).toEqual({ allowed: false, endsAt: 5_000 + DAY_MS });
    time.ms += DAY_MS - 1;
    expect(await guess()).toEqual({ allowed: false, endsAt: 5_001 });
    time.ms += 1;
    expect([await guess(), await guess(), await guess()]).toEqual([
      { allowed: true, endsAt: 5_000 + DAY_MS },
      { allowed: true, endsAt: 5_000 + DAY_MS },
      { allowed: false, endsAt: 5_000 + DAY_MS },
    ]);
    time.ms += DAY_MS;
    expect(await guess()).toEqual({ allowed: true, endsAt: 5_000 + DAY_MS });
  });

  it("of a window of more than a day, half counts as used: nobody could wait for its end", async () => {
    const { redis, count } = simulate();
    const attempts = await count();
    const guess = async (key: string, limit: number) =>
      (await attempts.countAttempt([key], limit, DAY_MS + 1, 0)).allowed;
    for (let index = 0; index < 4; index++) expect(await guess("much", 5)).toBe(true);
    redis.failOver({ lacking: 0 });
    // Five of six counted, as those were not lost; three of five for one that was.
    expect([await guess("much", 5), await guess("much", 5)]).toEqual([true, false]);
    expect([await guess("new", 5), await guess("new", 5), await guess("new", 5)]).toEqual([true, true, false]);
    expect(await guess("once", 1)).toBe(false);
    await attempts.resetAttempts(["much"]);
    expect([await guess("much", 5), await guess("much", 5), await guess("much", 5)]).toEqual([true, true, false]);
  });

  it("a window lasts from its first attempt, and a refusal until nothing of it can have been lost", async () => {
    const { time, redis, count } = simulate();
    const attempts = await count();
    const guess = (windowMs: number) => attempts.countAttempt(["alice", String(windowMs)], 2, windowMs, 0);
    expect(await guess(WINDOW_MS)).toEqual({ allowed: true, endsAt: WINDOW_MS });
    time.ms += 1_000;
    expect(await guess(WINDOW_MS)).toEqual({ allowed: true, endsAt: WINDOW_MS - 1_000 });
    redis.failOver({ lacking: 0 });
    time.ms += 1_000;
    const once = attempts.countAttempt(["once"], 1, 2 * DAY_MS, 0);
    expect([await once, await attempts.countAttempt(["once"], 1, 2 * DAY_MS, 0)]).toEqual([
      { allowed: false, endsAt: 2 * DAY_MS },
      { allowed: false, endsAt: 2 * DAY_MS },
    ]);
  });

  it("attempts on an empty Redis are counted from none by a process that has not seen another", async () => {
    const { count } = simulate();
    const attempts = await count();
    expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toEqual({ allowed: true, endsAt: WINDOW_MS });
    expect(await (await count()).countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
  });

  it("a process that starts after the change learns of it from the marker", async () => {
    const { time, redis, open, count } = simulate();
    await Promise.all([open(), count()]);
    time.ms += 1_000;
    redis.failOver({ lacking: 0 });
    expect(await (await count()).countAttempt(["alice"], 1, WINDOW_MS, 0)).toEqual({
      allowed: false,
      endsAt: WINDOW_MS,
    });
    expect(await claim(await open(), "a", "honest", time.ms)).toBe("action_token_expired");
  });

  it("an approval from a clock that is ahead is refused as well by the process that has used it", async () => {
    const { time, redis, open } = simulate();
    const [ledger, other] = [await open(), await open()];
    const ahead = time.ms + 5_000;
    expect(await claim(ledger, "used", "honest", ahead)).toBe(true);
    // Neither an older one nor a webhook makes it forget.
    expect(await claim(ledger, "older", "honest", time.ms)).toBe(true);
    expect(await claim(ledger, "webhook", "honest")).toBe(true);
    redis.failOver({ lacking: 4 });
    expect(await claim(other, "new", "honest", time.ms + 1)).toBe(true);
    expect(await claim(ledger, "used", "attacker", ahead)).toBe("action_token_expired");
    expect(await claim(other, "used", "attacker", ahead)).toBe("action_token_expired");
    expect(await claim(other, "later", "honest", ahead + 1)).toBe(true);
    expect(await claim(ledger, "between", "honest", ahead + 1)).toBe(true);
  });

  it("the later of both clocks says when it was noticed, and no later notice makes it earlier", async () => {
    const { time, redis, open } = simulate();
    const start = time.ms;
    const [ledger, late] = [await open(), await open({ clock: { now: () => time.ms - 600_000 } })];
    const early = await open({ clock: { now: () => time.ms + 600_000 } });
    redis.failOver({ lacking: 0 });
    expect(await claim(late, "a", "honest", start)).toBe("action_token_expired");
    expect(await claim(late, "a", "honest", start + 1)).toBe(true);
    redis.failOver({ lacking: 0 });
    expect(await claim(early, "b", "honest", start + 600_000)).toBe("action_token_expired");
    redis.failOver({ lacking: 0 });
    expect(await claim(ledger, "b", "honest", start + 600_000)).toBe("action_token_expired");
    expect(await claim(ledger, "b", "honest", start + 600_001)).toBe(true);
  });

  it("a process whose clock is over an hour ahead claims nothing, and denies for ever nowhere", async () => {
    const { time, redis, open } = simulate();
    const ahead = { ms: 0 };
    const ledger = await open({ clock: { now: () => time.ms + ahead.ms } });
    time.ms += 1_000;
    ahead.ms = 3_600_001;
    redis.failOver({ lacking: 0 });
    await expect(ledger.claim("a", "honest", TTL_MS, time.ms)).rejects.toThrow(
      "ledger_unavailable: redis: ErrorReply CLOCK",
    );
    ahead.ms = 3_600_000;
    expect(await claim(ledger, "a", "honest", time.ms + ahead.ms)).toBe("action_token_expired");
    time.ms += ahead.ms + 1;
    ahead.ms = 0;
    expect(await claim(ledger, "a", "honest", time.ms)).toBe(true);
  });

  it("is noticed as soon as a client connects anew", async () => {
    const { time, redis, open, count } = simulate();
    const [ledger, attempts] = [await open(), await count()];
    redis.kill();
    redis.start();
    time.ms += 1_000;
    expect(await claim(ledger, "a", "honest", time.ms - 999)).toBe(true);
    expect(await attempts.countAttempt(["a"], 1, WINDOW_MS, 0)).toEqual({ allowed: false, endsAt: WINDOW_MS - 1_000 });
    redis.kill();
    expect(await claim(ledger, "a", "honest", time.ms)).toBe("ledger_unavailable");
    await expect(ledger.release("a", "honest")).rejects.toMatchObject({ code: "ledger_unavailable" });
  });

  it("a new ledger goes by the later of both clocks as well", async () => {
    const { time, open } = simulate();
    const ledger = await open({ clock: { now: () => time.ms + 600_000 } });
    expect(await claim(ledger, "a", "honest", time.ms + 599_999)).toBe("action_token_expired");
    expect(await claim(ledger, "a", "honest", time.ms + 600_000)).toBe(true);
  });

  it("the ledger says its name, and why it refuses", async () => {
    const { time, redis, open } = simulate();
    const ledger = await open();
    expect(ledger.name).toBe("redis");
    redis.failOver({ lacking: 0 });
    await expect(ledger.claim("a", "honest", TTL_MS, time.ms)).rejects.toThrow(
      "action_token_expired: redis: the approval was given before another master was noticed",
    );
  });

  it("a new ledger on an empty Redis takes approvals from its start on", async () => {
    const { time, open } = simulate();
    const ledger = await open();
    expect(await claim(ledger, "a", "honest", time.ms - 1)).toBe("action_token_expired");
    expect(await claim(ledger, "a", "honest", time.ms)).toBe(true);
    const another = await open();
    expect(await claim(another, "b", "honest", time.ms)).toBe(true);
    time.ms += 1_000;
    expect(await claim(await open(), "c", "honest", time.ms - 1_000)).toBe(true);
    expect(await claim(another, "a", "attacker", time.ms)).toBe(false);
  });

  it("a lost reply is found by its owner, and a lost command is asked again", async () => {
    const clock = systemClock;
    const deliveries: ("reply-lost" | "lost")[] = [];
    const redis = createSimulatedRedis({ clock });
    const ledger = await createRedisLedger(
      redis.connect(() => deliveries.shift() ?? "delivered"),
      VOLATILE,
    );
    for (const [index, delivery] of (["reply-lost", "lost"] as const).entries()) {
      deliveries.push(delivery);
      const approvedAt = await tick();
      expect(await claim(ledger, `key-${index}`, "honest", approvedAt)).toBe(true);
      expect(deliveries).toEqual([]);
      expect(await claim(ledger, `key-${index}`, "attacker", approvedAt)).toBe(false);
    }
  });

  it("prefixes, ledger and attempts have markers of their own", async () => {
    const { time, redis, open, count } = simulate();
    const client = redis.connect();
    const [ledger, bank] = [await open(), await open({ prefix: "bank" })];
    const attempts = await count();
    await client.sendCommand(["DEL", "bank:{ledger}:master"]);
    expect(await claim(ledger, "a", "honest", time.ms)).toBe(true);
    expect(await attempts.countAttempt(["a"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
    expect(await claim(bank, "a", "honest", time.ms)).toBe("action_token_expired");
  });

  it("a Redis that answers nonsense is out of reach", async () => {
    const client: RedisClient = { eval: async () => 0, configGet: async () => ({}) };
    await expect(createRedisLedger(client)).rejects.toThrow("ledger_unavailable: redis: TypeError");
    await expect(createRedisAttempts(client)).rejects.toThrow("provider_unavailable: redis: TypeError");
    const strange: RedisClient = {
      eval: () => Promise.reject("secret"),
      configGet: async () => ({}),
    };
    await expect(createRedisLedger(strange)).rejects.toThrow("ledger_unavailable: redis: string");
  });
});

describe("T53: a cluster", () => {
  it("spreads its keys over slots, each with a marker that it shares one with", async () => {
    const redis = createSimulatedRedis({ clock: systemClock, appendonly: "yes", appendfsync: "always" });
    const client = redis.connect();
    const slots = new Map<string, number>();
    const cluster: RedisClient = {
      eval(script, options) {
        const tags = new Set(options.keys.map((key) => /^p:\{(ledger-\d+)\}:/.exec(key)?.[1]));
        expect(tags.size).toBe(1);
        const [tag] = tags;
        slots.set(tag!, (slots.get(tag!) ?? 0) + 1);
        return client.eval(script, options);
      },
    };
    const ledger = await createRedisLedger(cluster, { prefix: "p", checks: { settings: "warn" } });
    expect(slots.size).toBe(64);
    slots.clear();
    const before = await tick();
    for (let index = 0; index < 200; index++) expect(await claim(ledger, `key-${index}`, "honest", before)).toBe(true);
    expect(slots.size).toBeGreaterThan(48);
    redis.failOver({ lacking: 100 });
    for (let index = 0; index < 200; index++) {
      expect(await claim(ledger, `key-${index}`, "attacker", before)).toBe("action_token_expired");
    }
    await ledger.release("key-1", "honest");
    expect(await claim(ledger, "key-1", "attacker")).toBe(true);
  });
});
