import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";

/** What `@hono/node-server` hands on of Node's own request and response; elsewhere nothing. */
interface NodeConnection {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

/** The address at the other end of the connection on Node, which is a proxy's if there is one; elsewhere `undefined`. */
export function connectionAddress(c: Context): string | undefined {
  return nodeConnection(c).incoming?.socket?.remoteAddress;
}

/** True once the connection has closed, on Node. */
export function isConnectionClosed(c: Context): boolean {
  return nodeConnection(c).incoming?.socket?.destroyed === true;
}

/** Node's own response. */
export function nodeResponse(c: Context): ServerResponse | undefined {
  return nodeConnection(c).outgoing;
}

function nodeConnection({ env }: Context): NodeConnection {
  return (env as NodeConnection | undefined) ?? {};
}
