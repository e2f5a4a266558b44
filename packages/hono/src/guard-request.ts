import { type EndListener, type GuardRequest, type ProxyTrust, whenResponseEnded } from "@require-action/core/adapter";
import type { Context } from "hono";
import { isAnswering, isConnectionClosed, nodeResponse, receivedUrl } from "./node-connection.ts";
import { readBody } from "./request-body.ts";

/** What a guard sees of a request, and how it learns, elsewhere than on Node, that the handlers behind it have run. */
export async function guardRequest(
  c: Context,
  ip: string | undefined,
  trust: ProxyTrust | undefined,
): Promise<{ readonly request: GuardRequest<Context>; readonly notifyEnd: () => void }> {
  // Asked for now, as @hono/node-server only then watches the connection.
  const { signal } = c.req.raw;
  const body = await readBody(c.req);
  const outgoing = nodeResponse(c);
  const listeners: EndListener[] = [];
  const cookies: string[] = [];
  const request: GuardRequest<Context> = {
    native: c,
    method: c.req.method,
    target: receivedUrl(c),
    ip,
    trustedProxies: () => trust,
    header: (name) => c.req.header(name),
    body,
    // Finalized by a middleware around it, such as a time limit: what the handler answers would go nowhere.
    closed: () => c.finalized || isAnswering(c) || signal.aborted || isConnectionClosed(c),
    whenEnded: (listener) => (outgoing ? whenResponseEnded(outgoing, listener) : void listeners.push(listener)),
    setCookie: (cookie) => void cookies.push(cookie),
  };
  const notifyEnd = (): void => {
    // Now, as a handler that returns a `Response` of its own leaves out what was prepared for it.
    if (c.finalized && !isAnswering(c)) for (const cookie of cookies) c.header("set-cookie", cookie, { append: true });
    listeners.forEach((listener) => listener(c.finalized ? c.res.status : undefined));
  };
  return { request, notifyEnd };
}
