import { ProviderError } from "@require-action/core";
import { checkRedis, type RedisChecks } from "./check-redis.ts";
import { giveUp, reach } from "./reach.ts";
import type { RedisClient } from "./redis-client.ts";
import { redisKey } from "./redis-key.ts";
import { parseRedisOptions, type RedisOptions } from "./redis-options.ts";

/** Counts before the caller compares; past the limit nothing more is written. Answers whether it counted, and what is left of the window. */
const COUNT = `
local count = tonumber(redis.call("GET", KEYS[1]) or "0")
local limit = tonumber(ARGV[1])
if count >= limit then return {0, redis.call("PTTL", KEYS[1])} end
redis.call("INCR", KEYS[1])
if count == 0 then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
return {1, redis.call("PTTL", KEYS[1])}`;

/** The engine store's two verbs for attempts, to put in front of a store's own: `{ ...store, ...attempts }`. */
export interface RedisAttempts {
  /** Counts an attempt before it is made, and tells whether it is within `limit` for the window that the first one began. */
  countAttempt(
    key: readonly string[],
    limit: number,
    windowMs: number,
    now: number,
  ): Promise<{ readonly allowed: boolean; readonly endsAt: number }>;
  /** Forgets the attempts that were counted under a key. */
  resetAttempts(key: readonly string[]): Promise<void>;
}

/**
 * Creates attempt counters on Redis 7 or newer, shared by every process that has the same Redis and prefix. A Redis that
 * cannot be reached rejects, and the engine then evaluates nothing.
 * @throws ConfigurationError for a wrong option, and for a Redis that may evict counters: guessing would start anew
 */
export async function createRedisAttempts(
  client: RedisClient,
  { allowEviction = false, ...options }: RedisOptions & RedisChecks = {},
): Promise<RedisAttempts> {
  const { redis, prefix, commandTimeoutMs } = parseRedisOptions(client, options);
  const run = (script: string, key: readonly string[], parameters: string[] = []): Promise<unknown> =>
    reach("provider_unavailable", () =>
      giveUp(commandTimeoutMs, () =>
        redis.eval(script, { keys: [redisKey(`${prefix}:attempts`, key)], arguments: parameters }),
      ),
    );
  await reach("provider_unavailable", () => checkRedis(redis, { allowEviction }));
  return {
    async countAttempt(key, limit, windowMs, now) {
      const answer = await run(COUNT, key, [String(limit), String(Math.ceil(windowMs))]);
      if (!Array.isArray(answer)) {
        throw new ProviderError("provider_unavailable", "redis answered something else");
      }
      const [counted, leftMs] = answer.map(Number);
      return { allowed: counted === 1, endsAt: now + Math.max(leftMs ?? 0, 0) };
    },
    async resetAttempts(key) {
      await run(`return redis.call("DEL", KEYS[1])`, key);
    },
  };
}
