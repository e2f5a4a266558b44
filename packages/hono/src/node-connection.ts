import type { IncomingMessage } from "node:http";
import type { Context } from "hono";

/** The address at the other end of the connection on Node, which is a proxy's if there is one; elsewhere `undefined`. */
export function connectionAddress(c: Context): string | undefined {
  return incomingOf(c)?.socket?.remoteAddress;
}

/** True once the connection has closed, on Node. */
export function isConnectionClosed(c: Context): boolean {
  return incomingOf(c)?.socket?.destroyed === true;
}

/** Node's own request, as @hono/node-server hands it on. */
function incomingOf({ env }: Context): IncomingMessage | undefined {
  return (env as { incoming?: IncomingMessage } | undefined)?.incoming;
}
