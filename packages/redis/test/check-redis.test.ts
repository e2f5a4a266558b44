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

/** The same Redis, which keeps these sections of `INFO` to itself. */
function withoutInfo(client: RedisClient, ...sections: readonly string[]): RedisClient {
  const hide = (script: string): string =>
    sections.reduce((text, section) => text.replace(`"INFO", "${section}"`, '"NOSUCH"'), script);
  return {
    eval: (script, options) => client.eval(hide(script), options),
    configGet: (name) => client.configGet!(name),
  };
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
      { checks: { persistence: "warn", fsyncAlways: "warn", fsyncEverysec: "warn", eviction: "warn" } },
      { checks: { replication: "warn", settings: "refuse" } },
    ];
    for (const options of choices) await create(simulate([...APPEND_ONLY, "always"]), options);
    expect(warnings()).toEqual([]);
  });

  it("that keeps no file may keep quiet about when it synchronizes", async () => {
    const client = simulate(["--appendonly", "no"]);
    const partly: RedisClient = {
      ...client,
      configGet: async (name) => (name === "appendfsync" ? {} : client.configGet!(name)),
    };
    for (const [, create] of CREATE) {
      await create(partly, { checks: { persistence: "warn" } });
      expect(warnings()).toEqual([expect.stringContaining("RA_REDIS_VOLATILE")]);
    }
  });

  it("that keeps no file has to say what it evicts all the same", async () => {
    const client = simulate(["--appendonly", "no"]);
    const partly: RedisClient = {
      ...withoutInfo(client, "memory", "persistence"),
      configGet: async (name) => (name === "maxmemory-policy" ? {} : client.configGet!(name)),
    };
    for (const [, create] of CREATE) {
      await expect(create(partly, { checks: { persistence: "warn" } })).rejects.toThrow(
        "checks.settings: maxmemory-policy of this Redis cannot be read",
      );
    }
  });

  it("is told by when it synchronizes rather than by what it pauses", async () => {
    const server = [...APPEND_ONLY, "no", "--no-appendfsync-on-rewrite", "yes"];
    await expect(CREATE[0][1](simulate(server))).rejects.toThrow("appendfsync of this Redis is no");
    await CREATE[0][1](simulate([...APPEND_ONLY, "everysec"]), { fsync: "everysec" });
    expect(warnings()).toEqual([expect.stringContaining("RA_REDIS_FSYNC: appendfsync of this Redis is everysec")]);
  });

  it.each(["maxmemory-policy", "appendonly", "appendfsync"])(
    "has to say its %s, or somebody vouches for it",
    async (missing) => {
      const client = simulate([...APPEND_ONLY, "always"]);
      const partly: RedisClient = {
        ...withoutInfo(client, "memory", "persistence"),
        configGet: async (name) => (name === missing ? {} : client.configGet!(name)),
      };
      for (const [, create] of CREATE) {
        await expect(create(partly)).rejects.toMatchObject({ option: "checks.settings" });
        await expect(create(partly)).rejects.toThrow(
          new RegExp(`${missing} of this Redis cannot be read.*allow CONFIG GET`),
        );
        await create(partly, { checks: { settings: "warn" } });
        expect(warnings()).toEqual([
          'RA_REDIS_UNCHECKED: maxmemory-policy, appendonly, appendfsync of this Redis cannot be read, so it may forget used approvals and attempt counters; allow CONFIG GET, or have whoever runs it vouch for maxmemory-policy noeviction, appendonly yes, appendfsync always. The check "settings" is set to "warn".',
        ]);
      }
    },
  );

  it.each([
    [["--appendonly", "no"], "checks.persistence", "VOLATILE"],
    [[...APPEND_ONLY, "always", "--maxmemory-policy", "allkeys-lru"], "checks.eviction", "EVICTION"],
  ])("that refuses CONFIG is asked by INFO, on each master of a cluster too: %j", async (server, option, warning) => {
    const client = simulate(server);
    const refusing = { ...client, configGet: () => Promise.reject(new Error("ERR unknown command")) };
    for (const one of [refusing, { ...client, slots: [] }]) {
      for (const [, create] of CREATE) {
        await expect(create(one, { checks: { settings: "warn" } })).rejects.toMatchObject({ option });
        expect(warnings()).toEqual([]);
        const checks = { settings: "warn", [option.slice("checks.".length)]: "warn" } as const;
        await create(one, { checks });
        expect(warnings()).toContainEqual(expect.stringContaining(`RA_REDIS_${warning}`));
      }
    }
  });

  it("is not sent CONFIG where its settings are known to be unreadable", async () => {
    const configGet = vi.fn<NonNullable<RedisClient["configGet"]>>();
    for (const [, create] of CREATE) {
      await create({ ...simulate([...APPEND_ONLY, "always"]), configGet }, { checks: { settings: "warn" } });
    }
    expect(configGet).not.toHaveBeenCalled();
    expect(warnings()).toEqual([
      expect.stringContaining("RA_REDIS_UNCHECKED: appendfsync"),
      expect.stringContaining("RA_REDIS_UNCHECKED: appendfsync"),
    ]);
  });

  it("is a cluster with one master that may", async () => {
    const [good, bad] = [simulate([...APPEND_ONLY, "always"]), simulate(["--appendonly", "no"])];
    let asked = 0;
    const cluster: RedisClient = { eval: (...given) => (asked++ % 50 === 49 ? bad : good).eval(...given), slots: [] };
    await expect(CREATE[0][1](cluster, { checks: { settings: "warn" } })).rejects.toMatchObject({
      option: "checks.persistence",
    });
  });

  it("is a cluster with one master that may, whatever another keeps to itself", async () => {
    const [silent, bad] = [
      withoutInfo(simulate(["--appendonly", "yes"]), "persistence"),
      simulate(["--appendonly", "no"]),
    ];
    let asked = 0;
    const configGet = vi.fn<NonNullable<RedisClient["configGet"]>>();
    const cluster: RedisClient = {
      eval: (...given) => (asked++ % 64 === 0 ? silent : bad).eval(...given),
      slots: [],
      configGet,
    };
    const opening = CREATE[0][1](cluster, { checks: { settings: "refuse" } });
    await expect(opening).rejects.toMatchObject({ option: "checks.persistence" });
    // The settings of one of its masters are not those of all.
    expect(configGet).not.toHaveBeenCalled();
  });

  it.each([
    "NOPERM this user has no permissions",
    "ERR unknown command",
    "invalid request",
    "Socket closed unexpectedly",
  ])("that answers CONFIG with %j, and everything else, keeps its settings to itself", async (message) => {
    const client: RedisClient = {
      ...simulate([...APPEND_ONLY, "always"]),
      configGet: () => Promise.reject(new Error(message)),
    };
    await expect(CREATE[0][1](client)).rejects.toMatchObject({ option: "checks.settings" });
  });

  it("that answers nothing any more once it was asked for CONFIG is an outage", async () => {
    const client = simulate([...APPEND_ONLY, "always"]);
    let isGone = false;
    const closing: RedisClient = {
      configGet: async () => {
        isGone = true;
        throw new Error("LOADING the dataset");
      },
      eval: async (...given) => {
        if (isGone) throw new Error("LOADING the dataset");
        return client.eval(...given);
      },
    };
    await expect(CREATE[0][1](closing)).rejects.toMatchObject({
      code: "ledger_unavailable",
      detail: "redis: Error LOADING",
    });
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
      expect(await starting).toMatchObject({ option: "checks.settings" });
    }
    // The time ends with the answer: nothing keeps the process from ending.
    await CREATE[0][1](client);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("whose INFO cannot be read is refused, unless somebody vouches for it", async () => {
    const silent = withoutInfo(simulate([...APPEND_ONLY, "always"]), "replication");
    for (const [, create] of CREATE) {
      await expect(create(silent)).rejects.toThrow(
        /checks\.replication: INFO replication of this Redis cannot be read.*allow INFO/,
      );
      await create(silent, { checks: { replication: "warn" } });
      expect(warnings()).toEqual([
        expect.stringMatching(/^RA_REDIS_UNCHECKED: INFO replication of this Redis cannot be read.*is not noticed/),
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
    [{ checks: { persistence: "ignore" } }, "checks.persistence"],
    [{ checks: { eviction: "constructor" } }, "checks.eviction"],
    [{ checks: { fsync: "warn" } }, "checks.fsync"],
    [{ checks: { constructor: "warn" } }, "checks.constructor"],
    [{ checks: [] }, "checks"],
    [{ persistence: "none" }, "persistence"],
    [{ fsync: "off" }, "fsync"],
    [{ allowEviction: "yes" }, "allowEviction"],
    [{ clock: {} }, "clock"],
    [{ clock: null }, "clock"],
    [{ check: { persistence: "warn" } }, "check"],
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
        problem:
          "must be a client of the redis, ioredis or iovalkey package, itself rather than its legacy(), multi() or pipeline()",
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
    const tried = /^require-action:\{(?:ledger|attempts)\}:[\w-]{43}$/;
    expect([...keys].filter((key) => !tried.test(key))).toEqual([
      "require-action:{ledger}:master",
      "require-action:{attempts}:master",
    ]);
  });
});

describe("T53: a Redis whose user may not do everything", () => {
  const NOT_BY_SCRIPTS =
    "ERR The user executing the script can't run this command or subcommand script: 4a2c, on @user_script:1.";

  /** A Redis that answers so to each script that makes one of these commands. */
  function refusing(message: string, ...commands: readonly string[]): RedisClient {
    const client = simulate([...APPEND_ONLY, "always"]);
    return {
      configGet: (name) => client.configGet!(name),
      eval: (script, options) =>
        commands.some((name) => script.includes(`redis.call("${name}"`))
          ? Promise.reject(new Error(message))
          : client.eval(script, options),
    };
  }

  it.each([
    ["the command that was sent", "NOPERM this user has no permissions to run the 'eval' command", [], "run EVAL"],
    ["the subcommand", "NOPERM User bank has no permissions to run the 'config|get' command", [], "run CONFIG|GET"],
    [
      "the keys",
      "NOPERM this user has no permissions to access one of the keys used as arguments",
      [],
      "use the keys of this prefix",
    ],
    ["each command of a script", NOT_BY_SCRIPTS, ["SET", "DEL"], "run SET, DEL"],
    ["each command of a script", NOT_BY_SCRIPTS, ["TIME", "GET"], "run TIME, GET"],
  ])("is refused by the name of %s: %s", async (_what, message, commands, missing) => {
    const client = refusing(message, ...(commands.length === 0 ? ["TIME"] : commands));
    const error: unknown = await CREATE[0][1](client).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "configuration_invalid",
      option: "client",
      problem: `the user of this Redis may not ${missing}; give it the rights that the README of @require-action/redis lists`,
    });
  });

  it.each([
    ["ledger", CREATE[0][1], ["TIME", "GET", "SET", "DEL"]],
    ["attempt counters", CREATE[1][1], ["TIME", "GET", "SET", "DEL", "PTTL", "PEXPIRE"]],
  ] as const)("is refused by each command that the %s may not run", async (_what, create, commands) => {
    for (const name of commands) {
      await expect(create(refusing(NOT_BY_SCRIPTS, name))).rejects.toMatchObject({
        problem: expect.stringContaining(`may not run ${name};`),
      });
    }
  });

  it("is refused by what is refused rather than by what has no answer", async () => {
    const client = refusing(NOT_BY_SCRIPTS, "SET");
    const closing: RedisClient = {
      ...client,
      eval: (script, options) =>
        script === 'redis.call("GET", KEYS[1] .. ":trial")'
          ? Promise.reject(new Error("Socket closed unexpectedly"))
          : client.eval(script, options),
    };
    await expect(CREATE[0][1](closing, { commandTimeoutMs: 5 })).rejects.toMatchObject({
      problem: expect.stringContaining("may not run SET;"),
    });
  });

  it("is refused by what attempt counters need alone", async () => {
    await expect(CREATE[1][1](refusing(NOT_BY_SCRIPTS, "PTTL", "PEXPIRE"))).rejects.toMatchObject({
      problem: expect.stringContaining("may not run PTTL, PEXPIRE;"),
    });
    await expect(CREATE[0][1](refusing(NOT_BY_SCRIPTS, "PTTL", "PEXPIRE"))).resolves.toBeDefined();
  });

  it.each([
    "ERR unknown command 'EVAL', with args beginning with:",
    "ERR Error compiling script (new function): user_script:1: x",
    "ERR syntax error",
    "ERR unknown command 'NOPERM ' ERR The user executing",
  ])("does not run the scripts, and is refused: %s", async (message) => {
    for (const [, create] of CREATE) {
      await expect(create(refusing(message, "TIME"))).rejects.toMatchObject({
        option: "client",
        problem: "this server does not run the scripts of this package; use Redis 7 or newer, or what runs its scripts",
      });
    }
  });
});
