import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { CliError } from "../lib/terminal.ts";
import { MIN_VERSION, type TlsFiles } from "./tls-files.ts";

const CLOSE_TIMEOUT_MS = 5000;
/** Longer than balancers and clients keep a connection that is idle, 60 seconds as a rule: who closes it does not send into it. */
const KEEP_ALIVE_MS = 75_000;

/**
 * For all of a request to arrive. Nothing here reads more than some kilobytes, and a client that has announced more than it
 * sends waits for as long.
 */
const REQUEST_TIMEOUT_MS = 30_000;

/** A port that is taken, whose requests wait until there is something to serve them. */
export interface Listener {
  readonly port: number;
  serve(listener: RequestListener): void;
  /** Lets each answer be the last of its connection, so that clients look for another process. */
  drain(): void;
  /** Takes no more connections, lets requests under way finish for 5 seconds, and resolves when all is closed. */
  close(): Promise<void>;
}

/**
 * @param prefix of the flags that name host and port
 * @param tls serves https, and no http
 * @param requestTimeoutMs for all of a request to arrive
 * @throws CliError when the port cannot be had.
 */
export async function listen(
  host: string,
  port: number,
  {
    prefix = "--",
    tls,
    requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS,
  }: {
    readonly prefix?: "--" | "--admin-";
    readonly tls?: TlsFiles | undefined;
    readonly requestTimeoutMs?: number;
  } = {},
): Promise<Listener> {
  let serve: ((listener: RequestListener) => void) | undefined;
  const ready = new Promise<RequestListener>((resolve) => (serve = resolve));
  let isDraining = false;
  let isClosing = false;
  const lastAnswers = new WeakMap<Duplex, ServerResponse>();
  const onRequest: RequestListener = (request, response) => {
    lastAnswers.set(request.socket, response);
    if (isDraining) response.setHeader("connection", "close");
    // A connection that is kept for more requests would keep the server, too.
    response.once("close", () => setImmediate(() => isClosing && server.closeIdleConnections()));
    void ready.then((listener) => listener(request, response));
  };
  const times = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: requestTimeout / 10 };
  const server =
    tls === undefined
      ? createServer(times, onRequest)
      : // A connection that never shakes hands is nobody's request: closing does not see it, and waits for it.
        createTlsServer({ ...times, ...tls, minVersion: MIN_VERSION, handshakeTimeout: CLOSE_TIMEOUT_MS }, onRequest);

  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("clientError", (error, socket) => refuseUnreadable(error, socket, lastAnswers.get(socket)));

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new CliError(reasonOf(error, host, port, prefix))));
    server.listen(port, host, resolve);
  });
  server.removeAllListeners("error");

  return {
    port: (server.address() as AddressInfo).port,
    serve: (listener) => serve?.(listener),
    drain: () => void (isDraining = true),
    async close() {
      isDraining = true;
      isClosing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

const unreadable: ReadonlyMap<string | undefined, readonly [status: string, description: string]> = new Map([
  ["HPE_HEADER_OVERFLOW", ["431 Request Header Fields Too Large", "The target and the headers are too large."]],
  ["ERR_HTTP_REQUEST_TIMEOUT", ["408 Request Timeout", "The request did not arrive in time."]],
]);

/** Answers what Node's parser refuses in the shape that clients read; by itself Node sends no body. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex, last: ServerResponse | undefined): void {
  // Into an answer that is under way, nothing may be written.
  const isAnswering = last?.headersSent === true && !last.writableFinished;
  if (!socket.writable || isAnswering) return void socket.destroy(error);
  const [status, errorDescription] = unreadable.get(error.code) ?? [
    "400 Bad Request",
    "The request is no HTTP that can be read: the method in capitals, the target encoded, each header on a line.",
  ];
  const body = JSON.stringify({ error: "invalid_request", errorCode: "invalid_request", errorDescription });
  const headers = `connection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
}

/** A host as URLs have it. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function reasonOf({ code, message }: NodeJS.ErrnoException, host: string, port: number, prefix: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is taken. Choose another with ${prefix}port, or 0 for any that is free.`;
    case "EACCES":
      return `Port ${port} may not be used by this user. Choose one from 1024 with ${prefix}port.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${prefix}host ${host} is not an address of this machine.`;
    default:
      return `Cannot listen on ${host}, port ${port}: ${message}`;
  }
}
