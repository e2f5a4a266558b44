export { createRedisAttempts, type RedisAttempts } from "./redis-attempts.ts";
export type { IoRedisClient } from "./io-redis.ts";
export type { RedisClient } from "./redis-client.ts";
export { createRedisLedger } from "./redis-ledger.ts";
export type { RedisCheck, RedisLedgerOptions, RedisOptions } from "./redis-options.ts";
