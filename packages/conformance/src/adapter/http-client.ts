import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";

/** A request as it goes out: the path is sent as written, dots, doubled slashes and all. */
export interface SentRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON unless it is a string, which is sent as it is. */
  readonly body?: unknown;
  /** Leaves when aborted, as a client does that goes away. */
  readonly signal?: AbortSignal;
}

/** A complete answer. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; `undefined` when it is not JSON. */
  readonly json: any;
}

/** Sends requests to one server, one connection each. */
export function createHttpClient(server: Server): (sent: SentRequest) => Promise<Received> {
  const { port } = server.address() as AddressInfo;
  return ({ method = "POST", path, headers = {}, body, signal }) => {
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const contentType = text === undefined ? {} : { "content-type": "application/json" };
    const length = text === undefined ? {} : { "content-length": String(Buffer.byteLength(text)) };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port,
          method,
          path,
          headers: { ...contentType, ...length, ...headers },
          agent: new Agent(),
          ...(signal && { signal }),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const received = Buffer.concat(chunks).toString();
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: received,
              json: jsonOf(received),
            });
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
