import { randomUUID } from "node:crypto";
import { allowWarnings } from "@require-action-test/support/warnings";
import { createRedisAttempts, createRedisLedger, type RedisClient } from "@require-action/redis";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedisServer, type OwnRedis, startRedis } from "../../packages/redis/test/redis-servers.ts";
import type { Reply } from "./lua.ts";
import { createSimulatedRedis, type SimulatedClient } from "./redis-simulator.ts";

const MINUTE = 60_000;

/** One Redis, real or simulated, and the commands that tests send it directly. */
interface Subject {
  readonly client: RedisClient;
  send(command: readonly string[]): Promise<unknown>;
  restart(): Promise<void>;
}

/** What a step answers, as far as it does not depend on the time at which it was asked. */
type Outcome = unknown;

const keys = fc.constantFrom("a", "b");
const owners = fc.constantFrom("alice", "bob");
const commands = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), key: keys, owner: owners, isOld: fc.boolean() }),
  fc.record({ kind: fc.constant("release" as const), key: keys, owner: owners }),
  fc.record({
    kind: fc.constant("count" as const),
    key: keys,
    windowMs: fc.constantFrom(MINUTE, 100 * 24 * 60 * MINUTE),
  }),
  fc.record({ kind: fc.constant("reset" as const), key: keys }),
  fc.record({ kind: fc.constant("flush" as const) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);
type Step = typeof commands extends fc.Arbitrary<infer T> ? T : never;

async function play({ client, send, restart }: Subject, steps: readonly Step[]): Promise<readonly Outcome[]> {
  // However late this process is, Redis is there.
  const options = { prefix: "p", checks: { persistence: "warn" }, commandTimeoutMs: 30_000 } as const;
  const ledger = await createRedisLedger(client, options);
  const attempts = await createRedisAttempts(client, options);
  const startedAt = Date.now() + 1;
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    // Approvals are never from the millisecond in which something is noticed.
    await new Promise((resolve) => setTimeout(resolve, 3));
    const approvedAt = Date.now() - 1;
    switch (step.kind) {
      case "claim":
        outcomes.push(
          await ledger
            .claim(step.key, step.owner, 10 * MINUTE, step.isOld ? startedAt : approvedAt)
            .catch((error: { code?: string }) => error.code),
        );
        break;
      case "release":
        outcomes.push(await ledger.release(step.key, step.owner));
        break;
      case "count":
        outcomes.push((await attempts.countAttempt([step.key, String(step.windowMs)], 4, step.windowMs, 0)).allowed);
        break;
      case "reset":
        outcomes.push(await attempts.resetAttempts([step.key, String(MINUTE)]));
        break;
      case "flush":
        outcomes.push(await send(["FLUSHALL"]));
        break;
      case "restart":
        await restart();
        // Both processes notice at once, as a client does that connects anew.
        await ledger.claim("nothing", "nobody", 1);
        await attempts.countAttempt(["nothing"], 1, 1, 0);
    }
  }
  return outcomes;
}

/** Commands that the kit's scripts make, and values that they might give back. */
const scripts: readonly (readonly [script: string, parameters: readonly string[]])[] = [
  [
    `return {redis.call("SET", KEYS[1], ARGV[1], "NX", "GET", "PX", ARGV[2]), redis.call("GET", KEYS[1])}`,
    ["x", "5000"],
  ],
  [`return redis.call("SET", KEYS[1], ARGV[1], "NX")`, ["y"]],
  [`return redis.call("SET", KEYS[1], ARGV[1])`, ["z"]],
  [`return redis.call("SET", KEYS[1], ARGV[1], "KEEPTTL")`, ["7"]],
  [`local ttl = redis.call("PTTL", KEYS[1]) if ttl > 0 then return 1 end return ttl`, []],
  [`return redis.call("PEXPIRE", KEYS[1], ARGV[1])`, ["900000"]],
  [`return redis.call("DEL", KEYS[1])`, []],
  [`return redis.call("GET", KEYS[1])`, []],
  [`return {1.9, -1.9, "two", false, 3}`, []],
  [`return {true, math.ceil(2.5), string.format("%.0f", 1795870528186)}`, []],
  [`return {string.match("ab12 34", "^(%w+) (%d+)$")}`, []],
  [`return redis.error_reply("READONLY not a master")`, []],
  [`return redis.status_reply("FINE")`, []],
  [`return type(redis.pcall("NOSUCH"))`, []],
  [`return type(redis.call("INFO", "replication"))`, []],
  [`return #redis.call("TIME")`, []],
  [`return nil`, []],
];

describe.skipIf(noRedisServer)("the simulated Redis", () => {
  let server: OwnRedis;
  let real: Subject;
  let forgetListeners: () => void;
  let close: () => void;

  beforeAll(async () => {
    server = await startRedis();
    const client = createClient({ url: server.url, socket: { reconnectStrategy: () => 5 } });
    client.on("error", () => {});
    await client.connect();
    // A ledger of an earlier play would look at the master, too.
    forgetListeners = () => void client.removeAllListeners("ready");
    close = () => client.destroy();
    real = {
      client,
      send: (command) => client.sendCommand([...command]),
      async restart() {
        await server.kill();
        await server.start();
        await client.ping();
      },
    };
  });
  afterAll(async () => {
    close();
    await server.close();
  });
  allowWarnings("RA_REDIS_VOLATILE");

  function simulate(): Subject & { readonly client: SimulatedClient } {
    const redis = createSimulatedRedis({ clock: { now: () => Date.now() }, save: "" });
    const client = redis.connect();
    return {
      client,
      send: client.sendCommand,
      async restart() {
        redis.kill();
        redis.start();
      },
    };
  }

  it("T53: answers as a real one does, whatever the ledger and the attempt counters ask", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { minLength: 5, maxLength: 25 }), async (steps) => {
        forgetListeners();
        await real.send(["FLUSHALL"]);
        const [really, simulated] = [await play(real, steps), await play(simulate(), steps)];
        expect(simulated).toEqual(really);
      }),
      { numRuns: Number(process.env["DIFFERENTIAL_RUNS"] ?? 10) },
    );
  }, 120_000);

  it("T53: runs scripts as a real one does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(scripts.length - 1), { minLength: 1, maxLength: 40 }), async (steps) => {
        const simulated = simulate().client;
        const key = randomUUID();
        for (const step of steps) {
          const [script, parameters] = scripts[step]!;
          const run = (client: RedisClient): Promise<Reply> =>
            (client.eval(script, { keys: [key], arguments: [...parameters] }) as Promise<Reply>).catch(
              (error: Error) => error.message.split(" script:")[0]!,
            );
          expect(await run(simulated), script).toEqual(await run(real.client));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
