import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

/** Receives a response's status, or nothing where the connection closed before the application had answered. */
export type EndListener = (status: number | undefined) => void;

/**
 * Who waits for a connection to close: one listener for all, as a client may send any number of requests ahead.
 */
const queues = new WeakMap<Socket, Set<() => void>>();

/** Calls `listener` once when a response has ended; at once if it has already, as its client may have gone long ago. */
export function whenResponseEnded(outgoing: ServerResponse, listener: EndListener): void {
  let queue: Set<() => void> | undefined;
  let notified = false;
  const notify = (): void => {
    if (notified) return;
    notified = true;
    queue?.delete(notify);
    listener(outgoing.writableEnded ? outgoing.statusCode : undefined);
  };
  const { socket } = outgoing;
  if (socket instanceof Socket) {
    // A response gives its connection back when it has finished, and closes then or with it.
    if (socket.destroyed) notify();
    else outgoing.on("close", notify);
    return;
  }
  const connection = connectionAhead(outgoing);
  if (hasEnded(outgoing) || connection?.destroyed) return notify();
  // An answer that a test tool takes in may finish and never close; one that nobody takes closes and never finishes.
  outgoing.on("finish", notify).on("close", notify);
  if (connection) queue = queueOf(connection).add(notify);
}

/** HTTP/2's response has a stream instead of knowing by itself. */
function hasEnded(outgoing: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return outgoing.writableFinished || outgoing.destroyed || outgoing.stream?.destroyed === true;
}

/**
 * The connection of a response that waits for its turn, as its request was sent ahead of an earlier one's answer: node tells
 * such a response nothing when the client leaves.
 */
function connectionAhead({ socket, req }: ServerResponse & { readonly req?: IncomingMessage }): Socket | undefined {
  return socket === null ? req?.socket : undefined;
}

function queueOf(connection: Socket): Set<() => void> {
  let queue = queues.get(connection);
  if (!queue) {
    queue = new Set();
    queues.set(connection, queue);
    connection.once("close", notifyAll.bind(undefined, queue));
  }
  return queue;
}

function notifyAll(queue: Set<() => void>): void {
  for (const notify of queue) notify();
}
