import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineChecks, defineOptions, option, readOptions, type StartChecks } from "@require-action/core/options";
import { fromIoRedis, type IoRedisClient, isIoRedis } from "./io-redis.ts";
import { dropUnsent, type RedisClient } from "./redis-client.ts";
import { waitCommandOf, type WaitCommand } from "./wait-command.ts";

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

/** What a ledger on Redis may do besides. */
export interface RedisLedgerOptions extends RedisOptions {
  /**
   * How many replicas must have a claim before it counts; none by default. The ledger sends `WAIT` for half of `commandTimeoutMs` at
   * most. Where fewer have it by then, the claim is refused and stays with its owner, who may try again.
   */
  readonly waitForReplicas?: number;
}

const common = {
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
} as const;

const attemptsSchema = defineOptions<RedisOptions>({ required: {}, optional: common });
const ledgerSchema = defineOptions<RedisLedgerOptions>({
  required: {},
  optional: { ...common, waitForReplicas: option.whole({ least: 1, most: 100 }) },
});

/** The options with their defaults, and the client as it is used. */
export interface RedisSettings extends Required<Omit<RedisOptions, "persistence" | "fsync" | "allowEviction">> {
  readonly client: RedisClient;
  /** Keys are spread over nodes, of whose settings nothing is known. */
  readonly isCluster: boolean;
  /** The client for the next command, which it drops when it cannot send it within the time limit. */
  readonly redis: () => RedisClient;
}

/** The options of a ledger, and how it makes a master ask its replicas. */
export interface RedisLedgerSettings extends RedisSettings {
  readonly waitForReplicas: number | undefined;
  /** Nothing for a client without this command. */
  readonly waitOn: WaitCommand | undefined;
}

/** Reads the options of attempt counters. @throws ConfigurationError that names the option */
export function readAttemptsOptions(
  given: RedisClient | IoRedisClient,
  options: RedisOptions | undefined,
): RedisSettings {
  return settle("createRedisAttempts", given, readOptions("createRedisAttempts", attemptsSchema, options));
}

/** Reads the options of a ledger. @throws ConfigurationError that names the option */
export function readLedgerOptions(
  given: RedisClient | IoRedisClient,
  options: RedisLedgerOptions | undefined,
): RedisLedgerSettings {
  const { waitForReplicas, ...rest } = readOptions("createRedisLedger", ledgerSchema, options);
  return { ...settle("createRedisLedger", given, rest), waitForReplicas };
}

/** Adds the defaults, and makes of the client what is used. */
function settle(
  factory: string,
  given: RedisClient | IoRedisClient,
  options: RedisOptions,
): Omit<RedisLedgerSettings, "waitForReplicas"> {
  const {
    prefix = "require-action",
    commandTimeoutMs = 200,
    persistence = "append-only",
    fsync = "always",
    allowEviction = false,
    checks: named = {},
    clock = systemClock,
  } = options;
  if (typeof given?.eval !== "function" || isDerived(given)) {
    const problem =
      "must be a client of the redis, ioredis or iovalkey package, itself rather than its legacy(), multi() or pipeline()";
    throw new ConfigurationError("client", problem, factory);
  }
  const checks: StartChecks<RedisCheck> = {
    ...ACCEPTED_PERSISTENCE[persistence],
    ...ACCEPTED_FSYNC[fsync],
    ...(allowEviction && { eviction: "warn" as const }),
    ...named,
  };
  const adapted = isIoRedis(given) ? fromIoRedis(given) : undefined;
  const client = adapted ?? (given as RedisClient);
  const redis = dropUnsent(client, commandTimeoutMs);
  const waitOn = adapted === undefined ? waitCommandOf(client, redis) : adapted.waitOn;
  const isCluster = client.configGet === undefined || client.slots !== undefined;
  return { client, redis, waitOn, isCluster, prefix, commandTimeoutMs, checks, clock };
}

/** What a client makes to take callbacks, or to collect commands, has its methods, answers with no promise and emits nothing. */
function isDerived(client: object): boolean {
  const { on, sendCommand, exec } = client as Readonly<Record<"on" | "sendCommand" | "exec", unknown>>;
  return typeof on !== "function" && (typeof sendCommand === "function" || typeof exec === "function");
}
