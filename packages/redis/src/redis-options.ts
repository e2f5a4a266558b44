import { setMaxListeners } from "node:events";
import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";

/**
 * The part of the official client that is used: `createClient`, `createClientPool`, `createSentinel` and `createCluster`
 * of the `redis` package all have it.
 * @see https://www.npmjs.com/package/redis
 */
export interface RedisClient {
  /** Runs a script as one atomic step. */
  eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>;
  /** Runs a script that Redis has seen before, by its SHA-1 digest. Without it, each command carries its script. */
  evalSha?(digest: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>;
  /** The same connection, with other options for its commands. */
  withCommandOptions?(options: { readonly timeout: number; readonly abortSignal: AbortSignal }): RedisClient;
  /** Absent on a cluster, whose nodes may be set up differently. */
  configGet?(parameter: string): Promise<Record<string, string>>;
  /** Emits `ready` when a connection was made anew. */
  on?(event: string, listener: () => void): unknown;
}

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
  /** The client for the next command, which it drops when it cannot send it within the time limit. */
  readonly redis: () => RedisClient;
}

/** Reads the options of a factory. @throws ConfigurationError that names the option */
export function readRedisOptions(factory: string, client: RedisClient, given: RedisOptions | undefined): RedisSettings {
  const {
    prefix = "require-action",
    commandTimeoutMs = 200,
    persistence = "append-only",
    fsync = "always",
    allowEviction = false,
    clock = systemClock,
  } = readOptions(factory, optionsSchema, given);
  if (typeof client?.eval !== "function") {
    throw new ConfigurationError("client", "must be a client of the redis package", factory);
  }
  const redis = dropUnsent(client, commandTimeoutMs);
  return { client, redis, prefix, commandTimeoutMs, persistence, fsync, allowEviction, clock };
}

/** Commands of this share of their time limit have one signal, which aborts that much later than the limit at most. */
const SHARE = 1 / 8;

/**
 * Has the client drop commands that it could not send for `ms` milliseconds, such as those that wait for a connection. Those
 * that were asked about the same time share one signal: a timer and a signal for each would cost more than sending it.
 */
function dropUnsent(client: RedisClient, ms: number): () => RedisClient {
  if (client.withCommandOptions === undefined) return () => client;
  const span = Math.ceil(ms * SHARE);
  let current: RedisClient | undefined;
  return () => {
    if (current !== undefined) return current;
    const unsent = new AbortController();
    setMaxListeners(0, unsent.signal);
    setTimeout(() => (current = undefined), span).unref();
    setTimeout(() => unsent.abort(ABORTED), ms + span).unref();
    current = client.withCommandOptions!({ timeout: 0, abortSignal: unsent.signal });
    return current;
  };
}

/** Nobody reads it: the client has an error of its own. One for all spares a stack trace each. */
const ABORTED = new Error("not sent in time");
