export { createRedisAttempts, type RedisAttempts } from "./redis-attempts.ts";
export type { RedisChecks } from "./check-redis.ts";
export type { RedisClient } from "./redis-client.ts";
export { createRedisLedger, type RedisLedgerOptions } from "./redis-ledger.ts";
export type { RedisOptions } from "./redis-options.ts";
