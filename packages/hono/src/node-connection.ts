import type { IncomingMessage, ServerResponse } from "node:http";
import { receivedTarget } from "@require-action/core/adapter";
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

/**
 * The url as the server received it, where the platform hands that on. `mount` gives the application below a request whose
 * url has lost the mount point, and so does what Hono itself is mounted in.
 */
export function receivedUrl(c: Context): string {
  const { incoming } = nodeConnection(c);
  return incoming?.url === undefined ? c.req.url : receivedTarget(incoming, incoming.url);
}

/** Node's own response. */
export function nodeResponse(c: Context): ServerResponse | undefined {
  return nodeConnection(c).outgoing;
}

/** True once something else has begun to answer past Hono, on Node. */
export function isAnswering(c: Context): boolean {
  return nodeResponse(c)?.headersSent === true;
}

/**
 * What has `@hono/node-server` write nothing: it would cut off what is being written.
 * @see https://github.com/honojs/node-server#direct-response-from-nodejs-api
 */
export function alreadySent(): Response {
  const response = new Response(null, { headers: { "x-hono-already-sent": "true" } });
  // Version 2 does not look at the headers of an empty response that nobody has looked into.
  void response.body;
  return response;
}

function nodeConnection({ env }: Context): NodeConnection {
  return (env as NodeConnection | undefined) ?? {};
}
