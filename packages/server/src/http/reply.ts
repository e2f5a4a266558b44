import { RequireActionError } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import { ProviderError } from "@require-action/core/provider";
import { EngineError, type EngineReason } from "@require-action/engine";

const RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 3600;

/** Authsignal's words for our reasons, where it has one; the others keep their own. */
const authsignalCodes: ReadonlyMap<EngineReason, string> = new Map([
  ["request_invalid", "invalid_request"],
  ["token_invalid", "unauthorized"],
  ["token_expired", "expired_token"],
  ["too_many_attempts", "too_many_requests"],
  ["too_many_sends", "too_many_requests"],
  ["verification_method_unknown", "not_supported"],
  ["credential_unknown", "unknown_credential"],
]);

/** A JSON answer that no cache keeps. Its type is bare: Authsignal's Python SDK reads no body of a type with parameters. */
export function jsonReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** An error in Authsignal's shape: its browser SDK recognises failure by the presence of `error`. */
export function errorReply(
  status: number,
  errorCode: string,
  errorDescription: string,
  headers: Readonly<Record<string, string>> = {},
  field?: string,
): Response {
  const named = field === undefined ? {} : { field };
  return jsonReply(status, { error: errorCode, errorCode, errorDescription, ...named }, headers);
}

/** True for the failure of a store that is out of reach, whose own error says no more than how. */
export function isOutOfReach(error: unknown): error is RequireActionError {
  return error instanceof RequireActionError && !(error instanceof EngineError) && error.status === 503;
}

/** The `Retry-After` of such a failure, in seconds. */
export function retryAfterOf(error: RequireActionError): string {
  const given = error instanceof ProviderError ? error.retryAfterSeconds : undefined;
  return String(Math.min(given ?? RETRY_AFTER_SECONDS, MAX_RETRY_AFTER_SECONDS));
}

/** What a client learns of an error: the words of our own refusals, and of anything else only that it happened. */
export function replyToError(error: unknown): Response {
  if (error instanceof EngineError) {
    const code = authsignalCodes.get(error.reason) ?? error.reason;
    const { retryAfterSeconds: seconds } = error;
    const headers: Record<string, string> = {};
    if (seconds !== undefined) headers["retry-after"] = String(Math.min(seconds, MAX_RETRY_AFTER_SECONDS));
    if (error.status === 401) headers["www-authenticate"] = "Bearer";
    return errorReply(error.status, code, error.detail, headers, error.field);
  }
  if (error instanceof RequireActionError && error.expose) {
    const field = memberOf(error, "field");
    return errorReply(
      error.status,
      "invalid_request",
      error.message,
      {},
      typeof field === "string" ? field : undefined,
    );
  }
  if (isOutOfReach(error)) {
    return errorReply(503, "unavailable", "What is needed to answer is out of reach.", {
      "retry-after": retryAfterOf(error),
    });
  }
  return errorReply(500, "unexpected_error", "Something went wrong here.");
}

/** Tells proxies, and {@link isStreamed}, to hand an answer on as it comes. */
const STREAMED = { "x-accel-buffering": "no" };

/**
 * An answer whose text is made while it is sent, as fast as it is taken. What `parts` throws breaks it off; with the first of them it
 * is thrown here, as nothing was answered yet.
 */
export async function streamed(
  parts: AsyncGenerator<string>,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const encoder = new TextEncoder();
  let first: IteratorResult<string> | undefined = await parts.next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = first ?? (await parts.next());
      first = undefined;
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    // A generator that waits is not waited for.
    cancel: () => void parts.return(undefined),
  });
  return new Response(body, {
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers, ...STREAMED },
  });
}

/** True for an answer that is handed on as it comes. */
export function isStreamed({ headers }: Response): boolean {
  return headers.get("x-accel-buffering") === "no";
}
