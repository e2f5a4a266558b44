const TIMEOUT_MS = 20_000;

/**
 * Why a call failed. `expired`, `invalid` and `closed` end the page; the others can be tried again.
 * @typedef {"network" | "expired" | "invalid" | "closed" | "wait" | "delivery" | "refused"} FailureReason
 */
/** @typedef {{ ok: false, reason: FailureReason, retryAfterSeconds?: number | undefined, redirectUrl?: string }} Failure */
/** @typedef {{ ok: true, value: any } | Failure} Answer */
/**
 * @typedef {object} Api
 * @property {(path: string, body?: object, method?: string, credentials?: RequestCredentials) => Promise<Answer>} page Calls the page's own routes.
 * @property {(path: string, body?: object, method?: string, credentials?: RequestCredentials) => Promise<Answer>} client Calls the Client API, without credentials of the browser unless said otherwise.
 */

/** @type {ReadonlyMap<string, FailureReason>} */
const reasons = new Map([
  ["expired_token", "expired"],
  ["unauthorized", "invalid"],
  ["challenge_not_open", "closed"],
  ["too_many_requests", "wait"],
  ["delivery_failed", "delivery"],
]);

/**
 * Speaks to the server that the page came from.
 * @param {object} options
 * @param {string} options.clientPath
 * @param {() => string} options.token
 * @param {(errorCode: string, statusCode: number) => void} options.onError
 * @returns {Api}
 */
export function createApi({ clientPath, token, onError }) {
  /** @type {Api["page"]} */
  async function call(path, body = {}, method = "POST", credentials = "omit") {
    const aborting = new AbortController();
    const timer = setTimeout(() => aborting.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(new URL(path, location.href), {
        method,
        headers: { authorization: `Bearer ${token()}`, "content-type": "application/json" },
        body: JSON.stringify(body),
        credentials,
        cache: "no-store",
        redirect: "error",
        signal: aborting.signal,
      });
      const value = await response.json();
      if (response.ok && value.error === undefined) return { ok: true, value };
      const errorCode = String(value.errorCode ?? value.error);
      onError(errorCode, response.status);
      const seconds = Number(response.headers.get("retry-after") ?? undefined);
      return {
        ok: false,
        reason: reasons.get(errorCode) ?? (response.status >= 500 ? "network" : "refused"),
        retryAfterSeconds: seconds > 0 ? seconds : undefined,
        redirectUrl: value.redirectUrl,
      };
    } catch {
      onError("network_error", 0);
      return { ok: false, reason: "network" };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    page: (path, body, method) => call(`challenge/${path}`, body, method),
    client: (path, body, method, credentials) => call(`${clientPath}/${path}`, body, method, credentials),
  };
}
