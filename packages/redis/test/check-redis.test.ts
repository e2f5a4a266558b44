import { systemClock } from "@require-action/core";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createSimulatedRedis } from "../../../test/simulation/redis-simulator.ts";
import type { RedisClient, RedisOptions } from "../src/index.ts";
import { APPEND_ONLY, CREATE, expectRefusedUnlessNamed, forgetful, warnings } from "./forgetful-servers.ts";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));

/** A simulated server with the settings that a real one would be started with. */
function simulate(server: readonly string[]): RedisClient {
  const settings = Object.fromEntries(
    server.flatMap((name, index) => (name.startsWith("--") ? [[name.slice(2), server[index + 1]]] : [])),
  );
  const client = createSimulatedRedis({ ...settings, clock: systemClock }).connect();
  if (settings["rename-command"] === undefined) return client;
  return { ...client, configGet: () => Promise.reject(new Error("ERR unknown command 'CONFIG'")) };
}

describe("T53: T7: a Redis that may forget", () => {
  describe.each(forgetful)("with %s", (_name, forgetting) => {
    it.each(CREATE)("is refused by the %s, unless an option names it", async (_what, create) => {
      await expectRefusedUnlessNamed(create, simulate(forgetting.server), forgetting);
    });
  });

  it.each(CREATE)("says nothing where nothing is forgotten: %s", async (_what, create) => {
    const choices: readonly RedisOptions[] = [
      {},
      { persistence: "volatile" },
      { persistence: "managed" },
      { fsync: "no" },
    ];
    for (const options of choices) await create(simulate([...APPEND_ONLY, "always"]), options);
    expect(warnings()).toEqual([]);
  });

  it("that is accepted as volatile may keep quiet about when it synchronizes", async () => {
    const client = simulate([...APPEND_ONLY, "always"]);
    const partly: RedisClient = {
      ...client,
      configGet: async (name) => (name === "appendfsync" ? {} : client.configGet!(name)),
    };
    for (const [, create] of CREATE) await create(partly, { persistence: "volatile" });
    expect(warnings()).toEqual([]);
  });

  it.each(["maxmemory-policy", "appendonly", "appendfsync"])(
    "has to say its %s, or somebody vouches for it",
    async (missing) => {
      const client = simulate([...APPEND_ONLY, "always"]);
      const partly: RedisClient = {
        ...client,
        configGet: async (name) => (name === missing ? {} : client.configGet!(name)),
      };
      for (const [, create] of CREATE) {
        await expect(create(partly)).rejects.toMatchObject({ option: "persistence" });
        await expect(create(partly)).rejects.toThrow(
          new RegExp(`${missing} of this Redis cannot be read.*allow CONFIG GET`),
        );
        await create(partly, { persistence: "managed" });
        expect(warnings()).toEqual([
          "RA_REDIS_UNCHECKED: The settings of this Redis cannot be read: maxmemory-policy must be noeviction, appendonly yes and appendfsync always.",
        ]);
      }
    },
  );

  it.each([
    ["NOPERM this user has no permissions", { option: "persistence" }],
    ["ERR unknown command", { option: "persistence" }],
    ["an ERR somewhere", { code: "ledger_unavailable" }],
    ["LOADING the dataset", { code: "ledger_unavailable" }],
    ["ERROR", { code: "ledger_unavailable" }],
  ])("that answers CONFIG with %s", async (message, expected) => {
    const client: RedisClient = { ...simulate([]), configGet: () => Promise.reject(new Error(message)) };
    await expect(CREATE[0][1](client)).rejects.toMatchObject(expected);
  });

  it("that swallows CONFIG does not hang the start", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const client = simulate([...APPEND_ONLY, "always"]);
    for (const [, create] of CREATE) {
      const starting = create({ ...client, configGet: () => new Promise(() => {}) }).catch((error: Error) => error);
      let hasEnded = false;
      void starting.then(() => (hasEnded = true));
      await vi.advanceTimersByTimeAsync(1_999);
      expect(hasEnded).toBe(false);
      // The deadline, and the turn after it in which the answer is looked for once more.
      await vi.advanceTimersByTimeAsync(2);
      expect(await starting).toMatchObject({ option: "persistence" });
    }
    // The time ends with the answer: nothing keeps the process from ending.
    await CREATE[0][1](client);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("whose INFO cannot be read is refused, unless somebody vouches for it", async () => {
    const silent: RedisClient = {
      eval: (script, options) => client.eval(script.replace('"INFO", "replication"', '"NOSUCH"'), options),
      configGet: (name) => client.configGet!(name),
    };
    const client = simulate([...APPEND_ONLY, "always"]);
    for (const [, create] of CREATE) {
      await expect(create(silent)).rejects.toThrow(
        /persistence: INFO replication of this Redis cannot be read.*allow INFO/,
      );
      await create(silent, { persistence: "managed" });
      expect(warnings()).toEqual([
        "RA_REDIS_UNCHECKED: INFO replication of this Redis cannot be read: another master is not noticed.",
      ]);
    }
  });
});

describe("options on Redis", () => {
  const client: RedisClient = { eval: async () => 0 };

  it.each([
    [{ prefix: "a b" }, "prefix"],
    [{ prefix: "" }, "prefix"],
    [{ prefix: "{a}" }, "prefix"],
    [{ prefix: 5 }, "prefix"],
    [{ commandTimeoutMs: 0 }, "commandTimeoutMs"],
    [{ commandTimeoutMs: 1.5 }, "commandTimeoutMs"],
    [{ persistence: "snapshots" }, "persistence"],
    [{ persistence: "constructor" }, "persistence"],
    [{ fsync: "never" }, "fsync"],
    [{ allowEviction: "yes" }, "allowEviction"],
    [{ clock: {} }, "clock"],
    [{ clock: null }, "clock"],
    [{ persistance: "managed" }, "persistance"],
  ])("%o names the wrong one", async (options, option) => {
    for (const [, create] of CREATE) {
      const wrong = { code: "configuration_invalid", option, declaration: create.name };
      await expect(create(client, options as never)).rejects.toMatchObject(wrong);
    }
  });

  it.each([undefined, null, {}, { eval: "x" }])("%o is no client", async (wrong) => {
    for (const [, create] of CREATE) {
      await expect(create(wrong as never)).rejects.toMatchObject({
        option: "client",
        problem: "must be a client of the redis, ioredis or iovalkey package",
        declaration: create.name,
      });
    }
  });

  it("have keys begin with require-action by default", async () => {
    const simulated = simulate([...APPEND_ONLY, "always"]);
    const keys = new Set<string>();
    const watched: RedisClient = {
      ...simulated,
      eval(script, options) {
        for (const key of options.keys) keys.add(key);
        return simulated.eval(script, options);
      },
    };
    for (const [, create] of CREATE) await create(watched);
    expect([...keys]).toEqual(["require-action:{ledger}:master", "require-action:{attempts}:master"]);
  });
});
