import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineChecks, defineOptions, option, readOptions, type StartChecks } from "@require-action/core/options";
import { fromIoRedis, type IoRedisClient, isIoRedis } from "./io-redis.ts";
import { dropUnsent, type RedisClient } from "./redis-client.ts";

const CHECKS = ["persistence", "fsyncAlways", "fsyncEverysec", "eviction", "settings", "replication"] as const;

/** A start-up check of Redis, by name. */
export type RedisCheck = (typeof CHECKS)[number];

/** What keeps used approvals over a restart of Redis. */
type Persistence = "append-only" | "volatile" | "managed";
/** How often the append-only file is synchronized. */
type Fsync = "always" | "everysec" | "no";

/** The checks that warn with each choice of `persistence`. */
const ACCEPTED_PERSISTENCE: Readonly<Record<Persistence, StartChecks<RedisCheck>>> = {
  "append-only": {},
  volatile: { persistence: "warn", fsyncAlways: "warn", fsyncEverysec: "warn" },
  managed: { settings: "warn", replication: "warn" },
};

/** The checks that warn with each choice of `fsync`. */
const ACCEPTED_FSYNC: Readonly<Record<Fsync, StartChecks<RedisCheck>>> = {
  always: {},
  everysec: { fsyncAlways: "warn" },
  no: { fsyncAlways: "warn", fsyncEverysec: "warn" },
};

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
   * Start-up checks that warn rather than refuse. `persistence`: an append-only file is kept. `fsyncAlways`: it is synchronized
   * with each write. `fsyncEverysec`: at least each second. `eviction`: nothing is dropped when the memory is full. `settings`:
   * all of this can be read; set to warn, `CONFIG` is not sent, and whoever runs this Redis vouches for what `INFO` does not say.
   * `replication`: another master is noticed.
   */
  readonly checks?: StartChecks<RedisCheck>;
  /**
   * What keeps used approvals and attempt counters over a restart of Redis: `append-only` by default. `volatile` sets the check
   * `persistence` to warn and both of `fsync`; `managed`, as of a service whose operator vouches for it, `settings` and
   * `replication`.
   */
  readonly persistence?: Persistence;
  /** The weakest `appendfsync` that is accepted, `always` by default. `everysec` sets the check `fsyncAlways` to warn, `no` both. */
  readonly fsync?: Fsync;
  /** Sets the check `eviction` to warn. */
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
    checks: defineChecks(CHECKS),
    persistence: option.oneOf(["append-only", "volatile", "managed"]),
    fsync: option.oneOf(["always", "everysec", "no"]),
    allowEviction: option.flag,
    clock: option.withMethods("now"),
  },
});

/** The options with their defaults, and the client as it is used. */
export interface RedisSettings extends Required<Omit<RedisOptions, "persistence" | "fsync" | "allowEviction">> {
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
    checks: named = {},
    clock = systemClock,
  } = readOptions(factory, optionsSchema, options);
  if (typeof given?.eval !== "function") {
    throw new ConfigurationError("client", "must be a client of the redis, ioredis or iovalkey package", factory);
  }
  const checks: StartChecks<RedisCheck> = {
    ...ACCEPTED_PERSISTENCE[persistence],
    ...ACCEPTED_FSYNC[fsync],
    ...(allowEviction && { eviction: "warn" as const }),
    ...named,
  };
  const client = isIoRedis(given) ? fromIoRedis(given) : given;
  const redis = dropUnsent(client, commandTimeoutMs);
  const isCluster = client.configGet === undefined || client.slots !== undefined;
  return { client, redis, isCluster, prefix, commandTimeoutMs, checks, clock };
}
