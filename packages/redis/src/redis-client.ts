/**
 * The part of the official client that is used: `createClient`, `createClientPool`, `createSentinel` and `createCluster`
 * of the `redis` package all have it.
 * @see https://www.npmjs.com/package/redis
 */
export interface RedisClient {
  /** Sets a key that is not there, and answers what was there before. */
  set(key: string, value: string, options: SetOptions): Promise<string | null>;
  /** Runs a script as one atomic step. */
  eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>;
  /** The same connection, with other options for its commands. */
  withCommandOptions?(options: { readonly timeout: number }): RedisClient;
  /** Absent on a cluster, whose nodes may be set up differently. */
  configGet?(parameter: string): Promise<Record<string, string>>;
}

interface SetOptions {
  readonly condition: "NX";
  readonly GET: true;
  readonly expiration: { readonly type: "PX"; readonly value: number };
}
