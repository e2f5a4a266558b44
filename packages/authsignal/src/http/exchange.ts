import type { IncomingHttpHeaders } from "node:http";
import { type CallOptions, isAborted, whenAborted } from "@require-action/core/provider";
import type { Dispatcher } from "undici";

/** More than any answer of the three calls holds, and little enough to keep in memory for each call in flight. */
export const MAX_BODY_BYTES: number = 64 * 1024;

/** The connection ended, or never began, before the first byte of an answer. */
const BROKEN_CONNECTION: ReadonlySet<unknown> = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE", "UND_ERR_SOCKET"]);

export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Switches a redirect interceptor off that the application's dispatcher may have. */
  readonly maxRedirections: 0;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why there is no answer. The transport's own error stops here: its request holds the credentials. */
export interface HttpFailure {
  readonly failure: "aborted" | "broken" | "unreachable" | "interrupted" | "oversized";
  /** Node's or undici's name of the fault, such as `ENOTFOUND`. */
  readonly fault?: string;
}

/**
 * Sends one request and reads the whole answer, following nothing. Never rejects. The caller ends it at every stage:
 * waiting for a connection too, which undici's own `request` does not end, connecting, headers and body.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  options: CallOptions,
): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    if (isAborted(options)) return resolve({ failure: "aborted" });
    const handler = new Exchange(resolve, options);
    try {
      dispatcher.dispatch(request, handler);
    } catch {
      handler.end({ failure: "unreachable" });
    }
  });
}

/** One request on its way: what undici tells about it, and what ends it. A class, as closures would be made for each. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (result: HttpAnswer | HttpFailure) => void;
  readonly #forget: () => void;
  #ended = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders | undefined;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(resolve: (result: HttpAnswer | HttpFailure) => void, options: CallOptions) {
    this.#resolve = resolve;
    this.#forget = whenAborted(options, () => this.end({ failure: "aborted" }));
  }

  end(result: HttpAnswer | HttpFailure): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#forget();
    this.#resolve(result);
    if ("failure" in result) this.#controller?.abort(new Error(result.failure));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a connection: it must not be sent any more.
    if (this.#ended) controller.abort(new Error("aborted"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > MAX_BODY_BYTES) this.end({ failure: "oversized" });
    else if (!this.#ended) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const headers = this.#headers;
    if (headers === undefined) this.end({ failure: "interrupted" });
    else this.end({ status: this.#status, headers, body: whole(this.#chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    const failure = this.#headers ? "interrupted" : BROKEN_CONNECTION.has(code) ? "broken" : "unreachable";
    this.end(code === undefined ? { failure } : { failure, fault: code });
  }
}

function whole(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}
