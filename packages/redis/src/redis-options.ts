import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import { fromIoRedis, type IoRedisClient, isIoRedis } from "./io-redis.ts";
import { dropUnsent, type RedisClient } from "./redis-client.ts";

/** What everything on Redis has in common. */
export interface RedisOptions {
  /** In front of every key, `require-action` by default. One for each environment that shares this Redis. */
  readonly prefix?: string;
  /**
   * Milliseconds for which a command waits for a connection and is asked again, 200 by default: less than the guard's own
   * deadline. A counted attempt is given up on after them, whatever it waits for.
   */
  readonly commandTimeoutMs?: number;
  /**
   * What keeps used approvals and attempt counters over a restart of Redis. `append-only`, the default, demands `appendonly yes`.
   * `volatile` accepts a Redis that keeps nothing, or snapshots only: a restart forgets everything since the last one.
   * `managed` accepts a Redis whose `CONFIG` or `INFO` cannot be read, as managed services have it: whoever runs it vouches
   * for it. Both emit a warning.
   */
  readonly persistence?: "append-only" | "volatile" | "managed";
  /**
   * The weakest `appendfsync` that is accepted, `always` by default. With `everysec` a crash of the machine forgets the last
   * second or two, with `no` whatever the operating system had not written yet, about 30 seconds. Both emit a warning.
   */
  readonly fsync?: "always" | "everysec" | "no";
  /** Warns rather than refuses where `maxmemory-policy` may drop a claim or a counter that is still needed. */
  readonly allowEviction?: boolean;
  /** The clock of this process, by which another master is noticed. */
  readonly clock?: Clock;
}

const optionsSchema = defineOptions<RedisOptions>({
  required: {},
  optional: {
    prefix: option.setting(
      (value) => typeof value === "string" && /^[\w:.-]{1,64}$/.test(value),
      "must be 1 to 64 of letters, digits, _ - . :",
    ),
    commandTimeoutMs: option.whole({ least: 1, unit: "milliseconds" }),
    persistence: option.oneOf(["append-only", "volatile", "managed"]),
    fsync: option.oneOf(["always", "everysec", "no"]),
    allowEviction: option.flag,
    clock: option.withMethods("now"),
  },
});

/** The options with their defaults, and the client as it is used. */
export interface RedisSettings extends Required<RedisOptions> {
  readonly client: RedisClient;
  /** Keys are spread over nodes, of whose settings nothing is known. */
  readonly isCluster: boolean;
  /** The client for the next command, which it drops when it cannot send it within the time limit. */
  readonly redis: () => RedisClient;
}

/** Reads the options of a factory. @throws ConfigurationError that names the option */
export function readRedisOptions(
  factory: string,
  given: RedisClient | IoRedisClient,
  options: RedisOptions | undefined,
): RedisSettings {
  const {
    prefix = "require-action",
    commandTimeoutMs = 200,
    persistence = "append-only",
    fsync = "always",
    allowEviction = false,
    clock = systemClock,
  } = readOptions(factory, optionsSchema, options);
  if (typeof given?.eval !== "function") {
    throw new ConfigurationError("client", "must be a client of the redis, ioredis or iovalkey package", factory);
  }
  const client = isIoRedis(given) ? fromIoRedis(given) : given;
  const redis = dropUnsent(client, commandTimeoutMs);
  const isCluster = client.configGet === undefined || client.slots !== undefined;
  return { client, redis, isCluster, prefix, commandTimeoutMs, persistence, fsync, allowEviction, clock };
}
