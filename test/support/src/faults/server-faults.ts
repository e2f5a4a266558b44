import type { ServerResponse } from "node:http";
import type { Fault } from "./faulty-server.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** The ways in which a server fails, for `FaultyServer.use`. F1 to F8 of the fault table, and an answer that is none. */
export const faults = {
  /** No fault: a JSON answer. */
  json:
    (body: unknown, { status = 200, headers = {} }: AnswerOptions = {}): Fault =>
    (response) =>
      response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body)),

  /** F5, F6, F7: any status, headers and bytes. */
  raw:
    (body: string | Buffer, { status = 200, headers = JSON_TYPE }: AnswerOptions = {}): Fault =>
    (response) =>
      response.writeHead(status, headers).end(body),

  /** F1: the answer comes late. */
  slow:
    (delayMs: number, fault: Fault): Fault =>
    (response, request) => {
      const timer = setTimeout(() => fault(response, request), delayMs);
      response.on("close", () => clearTimeout(timer));
    },

  /** F2: the request is read, and that is all. */
  silent: (): Fault => () => {},

  /** F3: headers and the first bytes come, the rest does not. */
  stalledBody:
    (start = '{"state":'): Fault =>
    (response) =>
      response.writeHead(200, JSON_TYPE).write(start),

  /** F4: a body without end, as fast as it is read. */
  endlessBody: (): Fault => (response) => {
    response.writeHead(200, JSON_TYPE);
    pour(response, Buffer.alloc(16 * 1024, "["));
  },

  /** F7: the body ends before its announced length. */
  truncated:
    (body: string): Fault =>
    (response) => {
      response.writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(body) + 10 });
      response.write(body, () => response.destroy());
    },

  /** F8: the connection is reset instead of an answer. */
  reset: (): Fault => (response) => response.socket?.resetAndDestroy(),

  /** F8: the connection is closed in good order instead of an answer. */
  hangUp: (): Fault => (response) => response.socket?.end(),

  /** F8: bytes that are not HTTP. */
  garbage: (): Fault => (response) => response.socket?.end("220 mail.example ESMTP\r\n"),

  /** T35: sends the caller elsewhere. */
  redirect:
    (status: 301 | 302 | 303 | 307 | 308, location: string): Fault =>
    (response) =>
      response.writeHead(status, { location }).end(),
} as const;

/** Status and headers of an answer. */
export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

function pour(response: ServerResponse, chunk: Buffer): void {
  while (!response.destroyed) {
    if (!response.write(chunk)) {
      response.once("drain", () => pour(response, chunk));
      return;
    }
  }
}
