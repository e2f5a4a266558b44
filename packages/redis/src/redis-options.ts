import { ConfigurationError } from "@require-action/core";
import type { RedisClient } from "./redis-client.ts";

/** What everything on Redis has in common. */
export interface RedisOptions {
  /** In front of every key, `require-action` by default. One for each environment that shares this Redis. */
  readonly prefix?: string;
  /**
   * Milliseconds for which a command waits for a connection and is asked again, 200 by default: less than the guard's own
   * deadline. A counted attempt is given up on after them, whatever it waits for.
   */
  readonly commandTimeoutMs?: number;
}

/** Reads the options. @throws ConfigurationError that names the option */
export function parseRedisOptions(
  client: RedisClient,
  options: RedisOptions,
): Required<RedisOptions> & { readonly redis: RedisClient } {
  const { prefix = "require-action", commandTimeoutMs = 200, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new ConfigurationError(name, "is not an option");
  if (typeof client?.set !== "function" || typeof client.eval !== "function") {
    throw new ConfigurationError("client", "must be a client of the redis package");
  }
  if (!/^[\w:.-]{1,64}$/.test(prefix))
    throw new ConfigurationError("prefix", "must be 1 to 64 of letters, digits, _ - . :");
  if (!Number.isSafeInteger(commandTimeoutMs) || commandTimeoutMs < 1) {
    throw new ConfigurationError("commandTimeoutMs", "must be whole milliseconds, at least 1");
  }
  return { redis: client.withCommandOptions?.({ timeout: commandTimeoutMs }) ?? client, prefix, commandTimeoutMs };
}
