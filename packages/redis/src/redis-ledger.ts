import { type Ledger, RequireActionError } from "@require-action/core";
import { checkRedis, type RedisChecks } from "./check-redis.ts";
import type { RedisClient } from "./redis-client.ts";
import { redisKey } from "./redis-key.ts";
import { parseRedisOptions, type RedisOptions } from "./redis-options.ts";

const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** Options of {@link createRedisLedger}. */
export interface RedisLedgerOptions extends RedisOptions, RedisChecks {}

/**
 * Creates a ledger on Redis 7 or newer, shared by every process that has the same Redis and prefix. Each step is one
 * command, and is given up on after `commandTimeoutMs`.
 * @throws ConfigurationError for a wrong option, and for a Redis that may evict live claims
 * @throws RequireActionError `ledger_unavailable` when this Redis cannot be reached
 * @see https://redis.io/docs/latest/commands/set/
 * @example
 * const client = await createClient({ url: "redis://redis.internal:6379" }).connect();
 * const ledger = await createRedisLedger(client);
 */
export async function createRedisLedger(client: RedisClient, options: RedisLedgerOptions = {}): Promise<Ledger> {
  const { allowEviction = false, ...others } = options;
  const { redis, prefix } = parseRedisOptions(client, others);
  await reach(() => checkRedis(redis, { allowEviction }));
  const keyOf = (key: string): string => redisKey(`${prefix}:claim`, [key]);
  return {
    name: "redis",
    claim: (key, owner, ttlMs) =>
      reach(async () => {
        // A lost reply is asked for again with the same owner, who then finds its own claim.
        const holder = await redis.set(keyOf(key), owner, {
          condition: "NX",
          GET: true,
          expiration: { type: "PX", value: Math.ceil(ttlMs) },
        });
        return holder === null || holder === owner;
      }),
    release: (key, owner) =>
      reach(async () => {
        await redis.eval(RELEASE, { keys: [keyOf(key)], arguments: [owner] });
      }),
  };
}

/** The client's own errors may name hosts and users, so only that it failed is told. */
async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequireActionError) throw error;
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    throw new RequireActionError("ledger_unavailable", { detail: `redis: ${kind}` });
  }
}
