import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { describe, expect, it } from "vitest";
import {
  createSimulatedRedis,
  type SimulatedClient,
  type SimulatedSettings,
} from "../../../test/simulation/redis-simulator.ts";
import { createRedisAttempts, createRedisLedger, type IoRedisClient } from "../src/index.ts";
import { claim, TTL_MS, VOLATILE, WINDOW_MS } from "./claims.ts";

allowWarnings("RA_REDIS_VOLATILE", "RA_REDIS_UNCHECKED");

/** A client in the shape of ioredis, on a simulated Redis, whose connection comes and goes as the test says. */
class Client implements IoRedisClient {
  readonly #redis: SimulatedClient;
  readonly #listeners: (() => void)[] = [];
  readonly sent: string[] = [];
  status: string;
  readonly isCluster: boolean;
  readonly asObject: boolean;

  constructor({
    status = "ready",
    isCluster = false,
    asObject = false,
    settings = { save: "" } as SimulatedSettings,
  } = {}) {
    this.#redis = createSimulatedRedis({ clock: systemClock, ...settings }).connect();
    this.status = status;
    this.isCluster = isCluster;
    this.asObject = asObject;
  }

  async connect(): Promise<void> {
    this.sent.push("connect");
    this.become("ready");
  }

  become(status: string): void {
    this.status = status;
    if (status === "ready") for (const listener of this.#listeners) listener();
  }

  on(event: "ready", listener: () => void): this {
    if (event === "ready") this.#listeners.push(listener);
    return this;
  }

  async eval(script: string, numberOfKeys: number, ...given: string[]): Promise<unknown> {
    this.sent.push("eval");
    return this.#redis.eval(script, { keys: given.slice(0, numberOfKeys), arguments: given.slice(numberOfKeys) });
  }

  async evalsha(_digest: string, _numberOfKeys: number, ..._given: string[]): Promise<unknown> {
    this.sent.push("evalsha");
    throw new Error("NOSCRIPT No matching script. Please use EVAL.");
  }

  async config(subcommand: "GET", parameter: string): Promise<unknown> {
    if (subcommand !== "GET") throw new Error("ERR unknown subcommand");
    this.sent.push(`config ${parameter}`);
    const found = await this.#redis.configGet!(parameter);
    return this.asObject ? found : Object.entries(found).flat();
  }
}

describe("a client in the shape of ioredis", () => {
  it("claims, releases and counts, by digests first and then by text", async () => {
    const client = new Client();
    const ledger = await createRedisLedger(client, VOLATILE);
    client.sent.length = 0;
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    expect(await claim(ledger, "approval", "bob")).toBe(false);
    expect(client.sent).toEqual(["evalsha", "eval", "evalsha", "eval"]);
    await ledger.release("approval", "alice");
    expect(await claim(ledger, "approval", "bob")).toBe(true);
    const attempts = await createRedisAttempts(client, VOLATILE);
    expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: true });
    expect(await attempts.countAttempt(["alice"], 1, WINDOW_MS, 0)).toMatchObject({ allowed: false });
  });

  it.each([[false], [true]])("T53: has its settings read, as a list or an object (%s)", async (asObject) => {
    const client = new Client({ asObject });
    await expect(createRedisLedger(client)).rejects.toMatchObject({ option: "checks.persistence" });
    expect(client.sent).toContain("config appendonly");
    expect(client.sent).toContain("config maxmemory-policy");
  });

  it.each([[false], [true]])(
    "T53: has those read that INFO does not say, as a list or an object (%s)",
    async (asObject) => {
      const settings = { appendonly: "yes", appendfsync: "always" } as const;
      await expect(createRedisLedger(new Client({ asObject, settings }))).resolves.toMatchObject({ failedChecks: [] });
      const late = new Client({ asObject, settings: { ...settings, appendfsync: "everysec" } });
      await expect(createRedisLedger(late)).rejects.toMatchObject({ option: "checks.fsyncAlways" });
    },
  );

  it("T53: is asked no settings where it is a cluster's", async () => {
    const client = new Client({ isCluster: true });
    await expect(createRedisLedger(client, VOLATILE)).resolves.toBeDefined();
    await expect(createRedisLedger(client)).rejects.toMatchObject({ option: "checks.persistence" });
    const ledger = await createRedisLedger(client, VOLATILE);
    expect(client.sent.filter((command) => command.startsWith("config"))).toEqual([]);
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    expect(await claim(ledger, "approval", "bob")).toBe(false);
  });

  it("is waited for until it has connected first", async () => {
    const client = new Client({ status: "connecting" });
    const opening = createRedisLedger(client, VOLATILE);
    await Promise.resolve();
    expect(client.sent).toEqual([]);
    client.become("ready");
    expect(await claim(await opening, "approval", "alice")).toBe(true);
  });

  it("is waited for however long that takes, by itself too", async () => {
    for (const status of ["connecting", "wait"]) {
      const client = new Client({ status });
      const { eval: run, evalsha, config } = client;
      const alone: IoRedisClient = {
        get status() {
          return client.status;
        },
        eval: run.bind(client),
        evalsha: evalsha.bind(client),
        config: config.bind(client),
        on: client.on.bind(client),
      };
      const opening = createRedisLedger(alone, { ...VOLATILE, commandTimeoutMs: 1 });
      setTimeout(() => client.become("ready"), 30);
      await expect(opening).resolves.toBeDefined();
    }
  });

  it("is connected where it waits for that, and only there", async () => {
    const lazy = new Client({ status: "wait" });
    await createRedisLedger(lazy, VOLATILE);
    expect(lazy.sent[0]).toBe("connect");
    const eager = new Client();
    await createRedisLedger(eager, VOLATILE);
    expect(eager.sent).not.toContain("connect");
  });

  it("F14: is given nothing while it has no connection, and is looked at again once it has one", async () => {
    const client = new Client();
    const ledger = await createRedisLedger(client, { ...VOLATILE, commandTimeoutMs: 20 });
    client.become("reconnecting");
    client.sent.length = 0;
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toThrow("ledger_unavailable: redis: ClientOffline");
    expect(client.sent).toEqual([]);
    client.become("ready");
    await expect.poll(() => client.sent).toEqual(["eval"]);
    expect(await claim(ledger, "approval", "bob")).toBe(true);
  });
});
