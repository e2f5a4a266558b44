import type { IncomingHttpHeaders } from "node:http";
import { memberOf } from "@require-action/core/options";
import { ProviderError } from "@require-action/core/provider";
import type { HttpAnswer, HttpFailure } from "./exchange.ts";
import { readJson } from "./json-body.ts";

/** The codes of Authsignal's errors that may be repeated: free text from outside could hold anything, a secret included. */
const ERROR_CODES: ReadonlySet<unknown> = new Set([
  "AUTHENTICATOR_NOT_FOUND",
  "expired_token",
  "invalid_configuration",
  "invalid_credential",
  "invalid_request",
  "invalid_token",
  "not_supported",
  "too_many_requests",
  "unauthorized",
]);

const FAILURES: Readonly<Record<HttpFailure["failure"], string>> = {
  aborted: "the call was aborted before Authsignal had answered",
  broken: "the connection to Authsignal broke before an answer came",
  unreachable: "Authsignal could not be reached",
  interrupted: "Authsignal's answer broke off",
  oversized: "Authsignal's answer is larger than 64 KiB",
};

/** The code of an error of Authsignal's, when it is one that is known. */
export function knownErrorCode(code: unknown): string | undefined {
  return ERROR_CODES.has(code) ? (code as string) : undefined;
}

/** The error for a call without an answer. */
export function unanswered({ failure, fault }: HttpFailure): ProviderError {
  const detail = fault === undefined ? FAILURES[failure] : `${FAILURES[failure]} (${fault})`;
  return new ProviderError(failure === "oversized" ? "provider_answer_invalid" : "provider_unavailable", detail);
}

/** The error for a call whose time limit passed while this process was at something else: Authsignal is not to blame. */
export function late(): ProviderError {
  return new ProviderError("provider_busy", "a time limit passed while this process was busy", {
    retryAfterSeconds: 1,
  });
}

/** The error for an answer whose status is not a success. */
export function unsuccessful(answer: HttpAnswer): ProviderError {
  const { status, headers } = answer;
  const retryAfter = status === 429 || status === 503 ? retryAfterSeconds(headers) : undefined;
  const known = errorCodeOf(answer);
  const code = codeOfStatus(status, isErrorBody(readJson(answer)), known);
  const { field, reason } = code === "provider_refused" ? faultOf(answer) : {};
  const described = describeStatus(status, known);
  return new ProviderError(code, reason === undefined ? described : `${described}: ${reason}`, {
    retryAfterSeconds: retryAfter,
    field,
  });
}

const MAX_FIELD = 100;
const MAX_REASON = 300;
const PRINTABLE = /^[ -~]+$/;

/**
 * The attribute at fault, and why, as `@require-action/server` says beside Authsignal's members. Its sentences hold no value; the
 * free text of others, which name no field, is not repeated.
 */
function faultOf(answer: HttpAnswer): { readonly field?: string; readonly reason?: string } {
  const body = readJson(answer);
  const field = memberOf(body, "field");
  if (typeof field !== "string" || field.length > MAX_FIELD || !PRINTABLE.test(field)) return {};
  const reason = memberOf(body, "errorDescription");
  return typeof reason === "string" && PRINTABLE.test(reason)
    ? { field, reason: reason.slice(0, MAX_REASON) }
    : { field };
}

/** Statuses below 500 that say nothing about the request: keys, regions and accounts that are wrong, and a call that came too early or too slowly. */
const NOT_THE_REQUEST: ReadonlySet<number> = new Set([401, 402, 403, 408, 425]);
/** Statuses of whatever else answers at an `apiUrl` that is wrong: unless Authsignal's own, they say that nothing of it is there. */
const NOTHING_THERE: ReadonlySet<number> = new Set([404, 405, 410]);

/**
 * The code for a status. A request that Authsignal refuses as it stands, or that comes too often, must not pass where
 * unavailability would; nor may one that a firewall in front of Authsignal refuses, which a client's `User-Agent` or bound
 * field can bring about. Nor is a server that knows no such path the fault of whoever makes the request: `apiUrl` is wrong.
 * `isOwn` says that the answer is in the shape of Authsignal's errors, as a firewall's is not, and `known` is its code, which
 * no other server has.
 */
export function codeOfStatus(
  status: number,
  isOwn: boolean,
  known: string | undefined,
): "provider_refused" | "provider_unavailable" | "provider_busy" | "provider_misconfigured" {
  if (status === 429) return "provider_busy";
  if (status === 403 && !isOwn) return "provider_refused";
  if (NOTHING_THERE.has(status) && known === undefined) return "provider_misconfigured";
  return status >= 400 && status < 500 && !NOT_THE_REQUEST.has(status) ? "provider_refused" : "provider_unavailable";
}

/** What a status means to whoever runs the application. */
export function describeStatus(status: number, code?: string): string {
  const answered = `Authsignal answered ${status}${code === undefined ? "" : ` (${code})`}`;
  if (status >= 300 && status < 400) return `${answered}; redirects are not followed`;
  if (status === 401 || status === 403)
    return `${answered}: is apiSecretKey the Server API key, and apiUrl its region?`;
  if (status === 402) return `${answered}: is the account of apiSecretKey in good standing?`;
  if (NOTHING_THERE.has(status) && code === undefined)
    return `${answered}, without a code of its own: is apiUrl that of the API, and does it end in /v1?`;
  return answered;
}

/** The error for an answer that cannot be believed. `problem` is in our own words. */
export function unbelievable(problem: string): ProviderError {
  return new ProviderError("provider_answer_invalid", `Authsignal's answer cannot be believed: ${problem}`);
}

/** The code in an error answer; `undefined` when the body is not in the shape of Authsignal's errors. */
function errorCodeOf(answer: HttpAnswer): string | undefined {
  const body = readJson(answer);
  if (!isErrorBody(body)) return undefined;
  return knownErrorCode(body.errorCode) ?? knownErrorCode(body.error);
}

/** True for a body in the shape of Authsignal's errors. */
export function isErrorBody(body: unknown): body is { readonly error?: unknown; readonly errorCode?: unknown } {
  return typeof body === "object" && body !== null && ("error" in body || "errorCode" in body);
}

const MAX_SECONDS = 3_600;

/**
 * Seconds until the server wants to be called again, from 1 to 3600; `undefined` when it does not say. A date is taken
 * relative to the answer's own `Date`, so that no clock has to agree with the server's.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
function retryAfterSeconds(headers: IncomingHttpHeaders): number | undefined {
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  const seconds = /^\d{1,10}$/.test(value) ? Number(value) : (httpDate(value) - httpDate(headers.date)) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(Math.ceil(seconds), 1), MAX_SECONDS);
}

/** `Date.parse` alone takes "-1" for a year. */
function httpDate(date: string | undefined): number {
  return date?.endsWith(" GMT") ? Date.parse(date) : Number.NaN;
}
