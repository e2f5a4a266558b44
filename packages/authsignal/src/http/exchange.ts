import type { IncomingHttpHeaders } from "node:http";
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
 * Sends one request and reads the whole answer, following nothing. Never rejects. The signal ends it at every stage:
 * waiting for a connection too, which undici's own `request` does not end, connecting, headers and body.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    let ended = false;
    let controller: Dispatcher.DispatchController | undefined;
    let head: Pick<HttpAnswer, "status" | "headers"> | undefined;
    const chunks: Buffer[] = [];
    let size = 0;

    const end = (result: HttpAnswer | HttpFailure): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener("abort", abort);
      resolve(result);
      if ("failure" in result) controller?.abort(new Error(result.failure));
    };
    const abort = (): void => end({ failure: "aborted" });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        // Aborted while it waited for a connection: it must not be sent any more.
        if (ended) started.abort(new Error("aborted"));
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) head = { status, headers };
      },
      onResponseData(_controller, chunk) {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) end({ failure: "oversized" });
        else if (!ended) chunks.push(chunk);
      },
      onResponseEnd() {
        end(head ? { ...head, body: Buffer.concat(chunks) } : { failure: "interrupted" });
      },
      onResponseError(_controller, error) {
        const code = (error as NodeJS.ErrnoException).code;
        const fault = code === undefined ? {} : { fault: code };
        if (head) end({ failure: "interrupted", ...fault });
        else end({ failure: BROKEN_CONNECTION.has(code) ? "broken" : "unreachable", ...fault });
      },
    };

    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      // Zero also switches a redirect interceptor off that the application's dispatcher may have.
      const noRedirects = { maxRedirections: 0 };
      dispatcher.dispatch({ ...request, ...noRedirects }, handler);
    } catch {
      end({ failure: "unreachable" });
    }
  });
}
