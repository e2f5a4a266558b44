import type { Ledger } from "@require-action/core";
import { checkRedis, type RedisChecks } from "./check-redis.ts";
import { askAgain, reach } from "./reach.ts";
import type { RedisClient } from "./redis-client.ts";
import { redisKey } from "./redis-key.ts";
import { parseRedisOptions, type RedisOptions } from "./redis-options.ts";

const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** Options of {@link createRedisLedger}. */
export interface RedisLedgerOptions extends RedisOptions, RedisChecks {}

/**
 * Creates a ledger on Redis 7 or newer, shared by every process that has the same Redis and prefix. Each step is one
 * command. While its connection is being made anew it is asked again, for `commandTimeoutMs`, so that a lost reply is not a
 * lost approval; what Redis keeps waiting is given up on by the guard, which then gives back whatever was claimed.
 * @throws ConfigurationError for a wrong option, and for a Redis that may evict live claims
 * @throws RequireActionError `ledger_unavailable` when this Redis cannot be reached
 * @see https://redis.io/docs/latest/commands/set/
 * @example
 * const client = await createClient({ url: "redis://redis.internal:6379" }).connect();
 * const ledger = await createRedisLedger(client);
 */
export async function createRedisLedger(client: RedisClient, options: RedisLedgerOptions = {}): Promise<Ledger> {
  const { allowEviction = false, ...others } = options;
  const { redis, prefix, commandTimeoutMs } = parseRedisOptions(client, others);
  await reach("ledger_unavailable", () => checkRedis(redis, { allowEviction }));
  const keyOf = (key: string): string => redisKey(`${prefix}:claim`, [key]);
  const ask = <Answer>(command: () => Promise<Answer>): Promise<Answer> =>
    reach("ledger_unavailable", () => askAgain(commandTimeoutMs, command));
  return {
    name: "redis",
    claim: (key, owner, ttlMs) =>
      ask(async () => {
        const holder = await redis.set(keyOf(key), owner, {
          condition: "NX",
          GET: true,
          expiration: { type: "PX", value: Math.ceil(ttlMs) },
        });
        return holder === null || holder === owner;
      }),
    release: (key, owner) =>
      ask(async () => {
        await redis.eval(RELEASE, { keys: [keyOf(key)], arguments: [owner] });
      }),
  };
}
