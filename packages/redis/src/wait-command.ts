import type { RedisClient } from "./redis-client.ts";

/**
 * Sends `WAIT` to the master that has a key, which then asks its replicas how far they are. The answer is of no use: it is about
 * what one connection has written, and which of a pool that was, or whether it is a new one, no client says.
 * @param ms at least 1, as 0 would wait for ever
 * @see https://redis.io/docs/latest/commands/wait/
 */
export type WaitCommand = (key: string, replicas: number, ms: number) => Promise<unknown>;

/**
 * The command as a client of the `redis` package sends it, or nothing for a client without it.
 * @param redis the client for the next command
 */
export function waitCommandOf(client: RedisClient, redis: () => RedisClient): WaitCommand | undefined {
  if (client.slots === undefined) {
    return client.wait && ((_key, replicas, ms) => redis().wait!(replicas, ms));
  }
  // Without a key, the client of a cluster would ask every master, or any one.
  return client.multi && ((key, replicas, ms) => redis().multi!(key).wait(replicas, ms).execAsPipeline());
}
