import type { RedisClient } from "./redis-client.ts";
import type { WaitCommand } from "./wait-command.ts";

/**
 * The part of a client of the `ioredis` or `iovalkey` package that is used: `Redis` and `Cluster` of both have it.
 * @see https://github.com/redis/ioredis
 */
export interface IoRedisClient {
  /** `ready` once commands can be sent; `wait` before a lazy connection is made. */
  readonly status: string;
  readonly isCluster?: boolean;
  /** Connects a client that was made with `lazyConnect`. */
  connect?(): Promise<void>;
  /** Runs a script as one atomic step. */
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** Runs a script that Redis has seen before, by its SHA-1 digest. */
  evalsha(digest: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** Reads a setting of the server. */
  config?(subcommand: "GET", parameter: string): Promise<unknown>;
  /** Sends commands together: those of a `Cluster`, to the node of their keys. */
  pipeline?(commands: unknown[][]): {
    /** Sends them; resolves with what became of each. */
    exec(): Promise<[error: Error | null, answer: unknown][] | null>;
  };
  /** Listens for each connection that is made. */
  on(event: "ready", listener: () => void): unknown;
}

/** Says that there is no connection, as the client would only after having kept the command for later. */
class ClientOffline extends Error {}

/** True for a client of `ioredis` or `iovalkey`. */
export function isIoRedis(client: RedisClient | IoRedisClient): client is IoRedisClient {
  return typeof (client as Partial<IoRedisClient> | undefined)?.evalsha === "function";
}

/**
 * Makes such a client one as the `redis` package has it. It keeps commands while it has no connection, and sends them when nobody
 * waits for them any more: after its first connection, nothing is therefore given to it without one.
 */
export function fromIoRedis(client: IoRedisClient): RedisClient & { readonly waitOn?: WaitCommand } {
  let firstConnection: Promise<void> | undefined = new Promise((resolve) => {
    client.on("ready", () => {
      firstConnection = undefined;
      resolve();
    });
    if (client.status === "ready") resolve();
  });
  if (client.status === "wait") void client.connect?.().catch(() => {});

  const send = async <Answer>(command: () => Promise<Answer>): Promise<Answer> => {
    await firstConnection;
    if (client.status !== "ready") throw new ClientOffline();
    return command();
  };
  return {
    eval: (script, { keys, arguments: given }) => send(() => client.eval(script, keys.length, ...keys, ...given)),
    evalSha: (digest, { keys, arguments: given }) => send(() => client.evalsha(digest, keys.length, ...keys, ...given)),
    on: (_event, listener) => client.on("ready", listener),
    ...(client.pipeline !== undefined && {
      waitOn: (key: string, replicas: number, ms: number) => send(() => waitBeside(client, key, replicas, ms)),
    }),
    // The nodes of a cluster may be set up differently.
    ...(client.isCluster !== true && {
      configGet: async (parameter: string) => pairs(await send(() => client.config!("GET", parameter))),
    }),
  };
}

/** `WAIT` has no key: it is sent beside a command that has one, as a cluster runs a pipeline on the node of its keys. */
async function waitBeside(client: IoRedisClient, key: string, replicas: number, ms: number): Promise<void> {
  const commands = [
    ["get", key],
    ["wait", replicas, ms],
  ];
  const answers = await client.pipeline!(commands).exec();
  for (const [error] of answers ?? []) if (error !== null) throw error;
}

/** Names and values in turn, as RESP2 has them, or already an object. */
function pairs(answer: unknown): Record<string, string> {
  if (!Array.isArray(answer)) return answer as Record<string, string>;
  return Object.fromEntries(answer.flatMap((name, index) => (index % 2 === 0 ? [[name, answer[index + 1]]] : [])));
}
