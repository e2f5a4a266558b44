import { setMaxListeners } from "node:events";

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
  /** A cluster's, whose nodes may be set up differently: no setting of one is asked for. */
  readonly slots?: unknown;
  /** Reads a setting of the server. */
  configGet?(parameter: string): Promise<Record<string, string>>;
  /** Waits until so many replicas have what was written. */
  wait?(replicas: number, ms: number): Promise<unknown>;
  /** Sends commands to the node of a cluster that has a key. */
  multi?(key: string): {
    /** Adds a `WAIT`. */
    wait(
      replicas: number,
      ms: number,
    ): {
      /** Sends what was added, outside of a transaction. */
      execAsPipeline(): Promise<unknown>;
    };
  };
  /** Emits `ready` when a connection was made anew. */
  on?(event: string, listener: () => void): unknown;
}

/** Commands of this share of their time limit have one signal, which aborts that much later than the limit at most. */
const SHARE = 1 / 8;

/**
 * Has the client drop commands that it could not send for `ms` milliseconds, such as those that wait for a connection. Those
 * that were asked about the same time share one signal: a timer and a signal for each would cost more than sending it.
 */
export function dropUnsent(client: RedisClient, ms: number): () => RedisClient {
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
