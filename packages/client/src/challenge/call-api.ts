const TIMEOUT_MS = 20_000;

/**
 * Why a call failed. After `expired`, `invalid` and `closed` nothing more is to be had with the token; the others can be tried
 * again.
 */
export type CallFailureReason = "network" | "expired" | "invalid" | "closed" | "wait" | "delivery" | "refused";

/** A call that failed. */
export interface CallFailure {
  readonly ok: false;
  readonly reason: CallFailureReason;
  /** The server's own word, as `too_many_requests`; `network_error` without an answer. */
  readonly errorCode: string;
  /** 0 without an answer. */
  readonly statusCode: number;
  readonly retryAfterSeconds?: number;
  /** The body of the refusal. */
  readonly value?: any;
}

/** What a call resolves to; it never rejects. */
export type CallReply = { readonly ok: true; readonly value: any } | CallFailure;

/** What a call sends. */
export interface ApiCall {
  readonly token: string;
  /** An empty object by default. */
  readonly body?: object | undefined;
  /** `POST` by default. */
  readonly method?: string | undefined;
  /** None of the browser's by default: the token is what counts. */
  readonly credentials?: RequestCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch | undefined;
}

const reasons: ReadonlyMap<string, CallFailureReason> = new Map([
  ["expired_token", "expired"],
  ["unauthorized", "invalid"],
  ["challenge_not_open", "closed"],
  ["too_many_requests", "wait"],
  ["delivery_failed", "delivery"],
]);

/** Calls the engine's server, for 20 seconds at most. */
export async function callApi(
  url: URL,
  { token, body = {}, method = "POST", credentials = "omit", signal, fetch: send = fetch }: ApiCall,
): Promise<CallReply> {
  const aborting = new AbortController();
  const abort = (): void => aborting.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    const response = await send(url, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      credentials,
      cache: "no-store",
      redirect: "error",
      signal: aborting.signal,
    });
    const value = await response.json();
    if (response.ok && value.error === undefined) return { ok: true, value };
    const errorCode = String(value.errorCode ?? value.error);
    const seconds = Number(response.headers.get("retry-after") ?? undefined);
    return {
      ok: false,
      reason: reasons.get(errorCode) ?? (response.status >= 500 ? "network" : "refused"),
      errorCode,
      statusCode: response.status,
      ...(seconds > 0 && { retryAfterSeconds: seconds }),
      value,
    };
  } catch {
    return { ok: false, reason: "network", errorCode: "network_error", statusCode: 0 };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
