/** Timers with a longer delay fire at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** The server's clock, where the response has a `Date`: across origins, only when the header is exposed. */
export function readServerTime(response: Response): number | undefined {
  return numberOrUndefined(Date.parse(response.headers.get("date") ?? ""));
}

/**
 * Milliseconds that a response asks to wait: a number of seconds, or a date by the server's clock.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  return numberOrUndefined(Date.parse(value) - (readServerTime(response) ?? Date.now()));
}

function numberOrUndefined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
