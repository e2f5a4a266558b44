import { randomUUID } from "node:crypto";
import { createLoadWatch } from "@require-action/core/provider";
import { openMasterWatch } from "./check-redis.ts";
import { createWatchScript, type MasterWatch } from "./master-watch.ts";
import { askUnderLoad, giveUp, reach, START_TIMEOUT_MS } from "./reach.ts";
import type { IoRedisClient } from "./io-redis.ts";
import type { RedisClient } from "./redis-client.ts";
import { readAttemptsOptions, type RedisOptions } from "./redis-options.ts";
import { createScript, runScript } from "./script.ts";

/**
 * Counts before the caller compares; past the limit nothing more is written. Answers whether it counted, and what is left of
 * the window. Where counts may have been lost within the window, a window of up to a day is taken for used up, and a longer one,
 * which nobody could wait for, for half used up.
 */
const COUNT = createWatchScript(`
local limit = tonumber(ARGV[5])
local counted = tonumber(redis.call("GET", KEYS[2]) or "0")
local count = counted
local left = since + tonumber(ARGV[6]) - now
if since > 0 and left > 0 then
  if tonumber(ARGV[6]) <= 86400000 then return {0, left, marker} end
  count = math.max(counted, math.ceil(limit / 2))
end
if count >= limit then return {0, math.max(left, redis.call("PTTL", KEYS[2])), marker} end
redis.call("SET", KEYS[2], string.format("%.0f", count + 1), "KEEPTTL")
if counted == 0 then redis.call("PEXPIRE", KEYS[2], ARGV[6]) end
return {1, redis.call("PTTL", KEYS[2]), marker}`);

const RESET = createScript(`return redis.call("DEL", KEYS[1])`);

/** A window so long that the script does all it can do, even where another master was noticed a moment ago. */
const TRY_OUT_MS = "86400001";

/** The engine store's two verbs for attempts, to put in front of a store's own: `{ ...store, ...attempts }`. */
export interface RedisAttempts {
  /** Counts an attempt before it is made, and resolves to whether it is within `limit` for the window that the first one began. */
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
 * cannot be reached rejects with `provider_unavailable`, and the engine then evaluates nothing; where it is this process that
 * had no time for its answer, with `provider_busy`.
 *
 * Another master than before may lack counts: until a window of up to a day has passed since it was noticed, nothing is allowed
 * within it; of a longer window, half counts as used.
 * @throws ConfigurationError for a wrong option, and for a Redis that may forget counters where no option accepts that: guessing
 * would start anew
 */
export async function createRedisAttempts(
  client: RedisClient | IoRedisClient,
  options?: RedisOptions,
): Promise<RedisAttempts> {
  const settings = readAttemptsOptions(client, options);
  const { redis, commandTimeoutMs } = settings;
  const reset = (watch: MasterWatch, key: readonly string[]): Promise<unknown> =>
    runScript(redis(), RESET, { keys: [watch.place(key).key], arguments: [] });
  const { watch } = await openMasterWatch(settings, {
    code: "provider_unavailable",
    room: "attempts",
    commands: ["TIME", "GET", "SET", "DEL", "PTTL", "PEXPIRE"],
    emptyIsLoss: false,
    async tryOut(opened) {
      const key = [randomUUID()];
      await giveUp(START_TIMEOUT_MS, () => opened.run(COUNT, key, ["4", TRY_OUT_MS]));
      await giveUp(START_TIMEOUT_MS, () => reset(opened, key));
    },
  });
  const load = createLoadWatch();
  const ask = <Answer>(command: () => Promise<Answer>): Promise<Answer> =>
    reach("provider_unavailable", () => askUnderLoad(load, commandTimeoutMs, command));
  return {
    async countAttempt(key, limit, windowMs, now) {
      const parameters = [String(limit), String(Math.ceil(windowMs))];
      const { values } = await ask(() => watch.run(COUNT, key, parameters));
      const [counted, leftMs] = values;
      return { allowed: counted === 1, endsAt: now + Math.max(leftMs ?? 0, 0) };
    },
    async resetAttempts(key) {
      await ask(() => reset(watch, key));
    },
  };
}
