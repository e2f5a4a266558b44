import { ActionError } from "../wire/action-error.ts";
import { type ActionResponse, type PendingReview, readProblemCode, type RepeatOptions } from "../wire/wire.ts";
import { LONGEST_TIMER_MS, readRetryAfter } from "../wire/timing.ts";

const FIRST_DELAY_MS = 2_000;
const LONGEST_DELAY_MS = 60_000;
/** What gateways answer when they do not reach the application, or shed load. */
const GATEWAY = new Set([429, 502, 503, 504]);

/**
 * Waits for a review and resolves to the reply of the request that it let run, or to the refusal. Asks less and less often,
 * never sooner than `Retry-After` says, and goes on while the server or the network is away. A review may take days: give a
 * signal. Aborted, it rejects with the signal's reason.
 */
export async function waitForReview(review: PendingReview, { signal }: RepeatOptions = {}): Promise<ActionResponse> {
  let { retryAfterMs } = review;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_DELAY_MS)) {
    // The jitter keeps the pages that a restart woke together from asking together.
    const waitMs = Math.max(delayMs, retryAfterMs ?? 0) * (1 + Math.random() / 10);
    await sleep(Math.min(waitMs, LONGEST_TIMER_MS), signal);
    const response = await review.ask({ signal }).catch(noReply);
    if (response && !response.review && !(await tellsNothing(response))) return response;
    retryAfterMs = response && readRetryAfter(response);
  }
}

/** True for replies that say nothing of the approval. One with JSON of its own is the route's: the action has run. */
export async function tellsNothing(response: Response): Promise<boolean> {
  const code = await readProblemCode(response);
  if (code !== undefined) return code === "decision_unavailable";
  return !/json/i.test(response.headers.get("content-type") ?? "") && GATEWAY.has(response.status);
}

/** Passes over a lost reply: asking again is safe, as an approval is good for one run. */
export function noReply(error: unknown): undefined {
  if (!(error instanceof ActionError && error.code === "repeat_failed")) throw error;
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake);
  });
}
