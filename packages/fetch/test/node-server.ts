import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** A request as a platform on Node receives it. */
export interface Received {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The url as it was received, also below a mount point that a parent has taken off. */
  readonly request: Request;
  /** Path and query below the mount point: what a router sees. */
  readonly target: string;
}

/** Serves what answers requests of the web on Node. What it throws becomes a plain 500. */
export function createFetchServer(answer: (received: Received) => Promise<Response>): Server {
  return createServer((incoming, outgoing) => {
    const leaving = new AbortController();
    outgoing.once("close", () => outgoing.writableFinished || leaving.abort());
    const { method = "GET", url: target = "/" } = incoming;
    const { originalUrl = target } = incoming as { originalUrl?: string };
    const headers = new Headers(
      Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    );
    const received = /^[a-z]+:\/\//.test(originalUrl) ? originalUrl : `http://localhost${originalUrl}`;
    const hasNoBody = method === "GET" || method === "HEAD";
    const request = new Request(received, {
      method,
      headers,
      body: hasNoBody ? null : (Readable.toWeb(incoming) as ReadableStream),
      signal: leaving.signal,
      duplex: "half",
    } as RequestInit);
    answer({ incoming, outgoing, request, target })
      .catch(() => new Response("Internal Server Error", { status: 500 }))
      .then((response) => send(response, outgoing))
      .catch(() => outgoing.destroy());
  });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  if (outgoing.headersSent) return;
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  if (response.headers.getSetCookie().length > 0) outgoing.setHeader("set-cookie", response.headers.getSetCookie());
  outgoing.end(body);
}
