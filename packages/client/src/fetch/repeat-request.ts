import { ActionError } from "../wire/action-error.ts";
import {
  ACTION_TOKEN_HEADER,
  type ActionResponse,
  type PendingReview,
  readReply,
  type RepeatOptions,
} from "../wire/wire.ts";
import { type PreparedRequest, sendRequest } from "./prepared-request.ts";
import { readRetryAfter } from "../wire/timing.ts";
import { isTokenHeaderRefused } from "./token-header.ts";

/**
 * No reply to a request with its approval arrived. With `repeat_failed` the connection broke, before or after the action ran;
 * with `token_header_refused` the browser did not send it. The approval is good for one run at most, so repeating is safe:
 * what has run already is answered by 409 `action_token_used`.
 */
export class RepeatFailedError extends ActionError {
  /** Repeats the same request with the same approval, without a new challenge. */
  readonly repeat: (options?: RepeatOptions) => Promise<ActionResponse>;

  constructor(
    cause: unknown,
    repeat: RepeatFailedError["repeat"],
    code: "repeat_failed" | "token_header_refused" = "repeat_failed",
  ) {
    super(code, { cause });
    this.repeat = repeat;
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Sends a request with its approval. Follows no redirect, as browsers would carry the token on to any other origin. */
export async function repeatRequest(
  prepared: PreparedRequest,
  token: string,
  { signal }: RepeatOptions = {},
): Promise<Response> {
  const headers = new Headers(prepared.request.headers);
  headers.set(ACTION_TOKEN_HEADER, token);
  const follows = prepared.request.redirect === "follow";
  const redirect = follows ? "manual" : prepared.request.redirect;
  let response: Response;
  try {
    response = await sendRequest(prepared, { headers, redirect, signal: signal ?? null });
  } catch (cause) {
    const isRefused = !signal?.aborted && (await isTokenHeaderRefused(prepared, signal));
    if (signal?.aborted) throw cause;
    const repeat: RepeatFailedError["repeat"] = async (options) =>
      asActionResponse(prepared, await repeatRequest(prepared, token, options));
    throw new RepeatFailedError(cause, repeat, isRefused ? "token_header_refused" : "repeat_failed");
  }
  if (follows && (response.type === "opaqueredirect" || REDIRECTS.has(response.status))) {
    throw new ActionError("reply_redirected");
  }
  return response;
}

/** Adds to a response about a review the means to ask for its result. */
export async function asActionResponse(prepared: PreparedRequest, response: Response): Promise<ActionResponse> {
  const reply = await readReply(response);
  if (reply?.code !== "review_required") return response;
  const { action, idempotencyKey, message } = reply;
  const review: PendingReview = {
    action,
    idempotencyKey,
    message,
    retryAfterMs: readRetryAfter(response),
    ask: async (options) => asActionResponse(prepared, await repeatRequest(prepared, idempotencyKey, options)),
  };
  return Object.assign(response, { review });
}
