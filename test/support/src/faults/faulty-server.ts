import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request as it arrived, its target neither decoded nor normalised. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with one request; see `faults`. */
export type Fault = (response: ServerResponse, request: RecordedRequest) => void;

/** An HTTP server on a free loopback port that misbehaves as told and records what reached it. */
export interface FaultyServer {
  /** Such as `http://127.0.0.1:49152`. */
  readonly origin: string;
  /** Every request that arrived whole, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Sets what happens to each request from now on. */
  use(fault: Fault): void;
  /** Sets what happens to the next request only; several calls queue up. */
  useNext(fault: Fault): void;
  /** Stops listening and drops every connection: from here on, connecting is refused. */
  close(): Promise<void>;
}

/** Options of {@link createFaultyServer}. */
export interface FaultyServerOptions {
  /** How long an idle connection is kept, in milliseconds. Node's default is 5,000. */
  readonly keepAliveTimeoutMs?: number;
}

/** Starts a server that answers 500 until it is told otherwise. */
export async function createFaultyServer({
  keepAliveTimeoutMs = 5_000,
}: FaultyServerOptions = {}): Promise<FaultyServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const next: Fault[] = [];
  let connections = 0;
  let each: Fault = (response) => response.writeHead(500).end();

  const server = createServer((request, response) => {
    void readBody(request).then(
      (body) => {
        const { method = "", url: target = "", headers } = request;
        const recorded = { method, target, headers, body };
        requests.push(recorded);
        (next.shift() ?? each)(response, recorded);
      },
      () => {},
    );
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    // A client that hangs up is an expected end here.
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    use(fault) {
      each = fault;
    },
    useNext(fault) {
      next.push(fault);
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
