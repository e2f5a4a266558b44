import { setMaxListeners } from "node:events";
import type { RedisClient } from "./redis-client.ts";

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
