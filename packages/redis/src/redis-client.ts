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
