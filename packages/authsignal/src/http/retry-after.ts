import type { IncomingHttpHeaders } from "node:http";

const MAX_SECONDS = 3_600;

/**
 * Seconds until the server wants to be called again, from 1 to 3600; `undefined` when it does not say. A date is taken
 * relative to the answer's own `Date`, so that no clock has to agree with the server's.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterSeconds(headers: IncomingHttpHeaders): number | undefined {
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  const seconds = /^\d{1,10}$/.test(value) ? Number(value) : (httpDate(value) - httpDate(headers.date)) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(Math.ceil(seconds), 1), MAX_SECONDS);
}

/** `Date.parse` alone takes "-1" for a year. */
function httpDate(date: string | undefined): number {
  return date?.endsWith(" GMT") ? Date.parse(date) : Number.NaN;
}
