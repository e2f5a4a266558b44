export { createRedisAttempts, type RedisAttempts } from "./redis-attempts.ts";
export type { RedisClient, RedisOptions } from "./redis-options.ts";
export { createRedisLedger } from "./redis-ledger.ts";
