import { setTimeout as pass } from "node:timers/promises";
import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSimulatedRedis } from "../../../test/simulation/redis-simulator.ts";
import { createRedisAttempts, createRedisLedger, type RedisClient, type RedisOptions } from "../src/index.ts";
import { TTL_MS, VOLATILE, WINDOW_MS } from "./claims.ts";

allowWarnings("RA_REDIS_VOLATILE");
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A Redis that works until it has been set up, and then answers commands as `answer` does. */
function createFailing(answer: () => Promise<unknown>) {
  const { eval: evaluate, configGet } = createSimulatedRedis({ clock: systemClock, save: "" }).connect();
  let isSetUp = false;
  const client: RedisClient = {
    configGet,
    eval: (script, options) => (isSetUp ? answer() : evaluate(script, options)),
  };
  const open = async <Opened>(
    create: (client: RedisClient, options: RedisOptions) => Promise<Opened>,
    options: RedisOptions = {},
  ): Promise<Opened> => {
    const opened = await create(client, { ...VOLATILE, ...options });
    isSetUp = true;
    return opened;
  };
  return { open };
}

describe("a claim that Redis does not answer", () => {
  it.each([
    [124, 3],
    [125, 4],
  ])(
    "within %i ms is asked again after 5, 10 and 20 ms, as long as the next is in time: %i times",
    async (ms, times) => {
      let [now, asked] = [0, 0];
      const { open } = createFailing(() => {
        asked++;
        now += 30;
        return Promise.reject(new Error("the socket closed"));
      });
      const ledger = await open(createRedisLedger, { commandTimeoutMs: ms });
      vi.spyOn(performance, "now").mockImplementation(() => now);
      await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toMatchObject({
        name: "RequireActionError",
        code: "ledger_unavailable",
      });
      expect(asked).toBe(times);
    },
  );

  it("C1: is asked as often when this process comes late out of each pause", async () => {
    let [now, asked] = [0, 0];
    const { open } = createFailing(() => {
      asked++;
      // Once the failure was seen, and before the pause is over.
      setImmediate(() => (now += 1_000));
      return Promise.reject(new Error("the socket closed"));
    });
    const ledger = await open(createRedisLedger, { commandTimeoutMs: 35 });
    vi.spyOn(performance, "now").mockImplementation(() => now);
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(asked).toBe(4);
  });

  it.each([
    [new TypeError("MOVED 3999 10.0.0.1:6381"), "TypeError MOVED"],
    [new Error("the host ABC is gone"), "Error"],
    [new Error("ABC"), "Error"],
    ["the host", "string"],
  ])("fails by the kind of the error and Redis' own word alone: %s", async (failure, kind) => {
    const { open } = createFailing(() => Promise.reject(failure));
    const ledger = await open(createRedisLedger, { commandTimeoutMs: 1 });
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toThrow(
      expect.objectContaining({ message: `ledger_unavailable: redis: ${kind}` }),
    );
  });
});

describe("C1: an attempt that Redis does not answer", () => {
  const nothing = new Promise<never>(() => {});

  it("is an outage when this process was idle meanwhile", async () => {
    const { open } = createFailing(() => nothing);
    const attempts = await open(createRedisAttempts, { commandTimeoutMs: 2_000 });
    // The time limit passes at once, so that no load of this machine counts.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] });
    const counted = expect(attempts.countAttempt(["alice"], 5, WINDOW_MS, 0)).rejects.toMatchObject({
      name: "ProviderError",
      code: "provider_unavailable",
      message: "provider_unavailable: redis: CommandTimeout",
    });
    await vi.advanceTimersByTimeAsync(2_001);
    await counted;
  });

  it("is busy when Redis answered another one meanwhile, slowly", async () => {
    let isFirst = true;
    const { open } = createFailing(async () => {
      if (!isFirst) return nothing;
      isFirst = false;
      await pass(200);
      return [1, WINDOW_MS, "master 0"];
    });
    const attempts = await open(createRedisAttempts, { commandTimeoutMs: 300 });
    const slow = attempts.countAttempt(["alice"], 5, WINDOW_MS, 0);
    await expect(attempts.countAttempt(["bob"], 5, WINDOW_MS, 0)).rejects.toMatchObject({ code: "provider_busy" });
    await expect(slow).resolves.toMatchObject({ allowed: true });
  });
});

describe("a command by its digest", () => {
  it.each([
    ["NOSCRIPT No matching script", 1],
    ["NOPERM this user has no permissions", 1],
    ["READONLY NOSCRIPT cannot be written", 0],
    ["NOSCRIPTS", 0],
  ])("that Redis refuses with %s is sent by its text %i times", async (message, times) => {
    const simulated = createSimulatedRedis({ clock: systemClock, save: "" }).connect();
    let sent = 0;
    let refuses = false;
    const client: RedisClient = {
      configGet: simulated.configGet,
      eval(script, options) {
        sent++;
        return simulated.eval(script, options);
      },
      evalSha: (...given) => (refuses ? Promise.reject(new Error(message)) : simulated.evalSha!(...given)),
    };
    const ledger = await createRedisLedger(client, { ...VOLATILE, commandTimeoutMs: 1 });
    sent = 0;
    refuses = true;
    const claimed = await ledger.claim("approval", "alice", TTL_MS).catch(() => false);
    expect([claimed, sent]).toEqual([times === 1, times]);
  });
});

describe("commands that wait for a connection", () => {
  it("share a signal for 25 ms, which drops them after 225 ms", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] });
    const simulated = createSimulatedRedis({ clock: systemClock, save: "" }).connect();
    const signals: AbortSignal[] = [];
    const client: RedisClient = {
      ...simulated,
      withCommandOptions({ timeout, abortSignal }) {
        expect(timeout).toBe(0);
        signals.push(abortSignal);
        return simulated;
      },
    };
    const ledger = await createRedisLedger(client, VOLATILE);
    await vi.advanceTimersByTimeAsync(24);
    await ledger.release("approval", "alice");
    expect(signals).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    for (let command = 0; command < 2; command++) await ledger.release("approval", "alice");
    expect(signals).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(199);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});
