import { ConfigurationError } from "@require-action/core";
import { type Awaitable, type CallOptions, isAborted, isPromiseLike } from "@require-action/core/provider";
import { EngineError } from "./engine-error.ts";

/**
 * Runs one call of the provider port for as long as its caller waits.
 * @throws ConfigurationError where the call comes without a signal
 * @throws EngineError `aborted` as soon as the signal says so, whatever a store or a lookup is doing. Errors are rejections
 *   always, though an answer that is there at once is returned so.
 */
export function abortable<T>(options: CallOptions, call: () => Promise<T>): Promise<T>;
export function abortable<T>(options: CallOptions, call: () => Awaitable<T>): Awaitable<T>;
export function abortable<T>(options: CallOptions, call: () => Awaitable<T>): Awaitable<T> {
  if (!hasSignal(options)) {
    return Promise.reject(new ConfigurationError("options.signal", "must be an AbortSignal", "a call of the engine"));
  }
  if (isAborted(options)) return Promise.reject(gone());
  try {
    const answer = call();
    return isPromiseLike(answer) ? whileAwaited(options, answer) : answer;
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function whileAwaited<T>(options: CallOptions, answer: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(gone());
    let signal: AbortSignal | undefined;
    // Listening costs more than deciding does, so it begins only when the answer is not there at once.
    const later = setImmediate(() => {
      if (isAborted(options)) return stop();
      signal = options.signal;
      signal.addEventListener("abort", stop);
    });
    const settle = (): void => {
      clearImmediate(later);
      signal?.removeEventListener("abort", stop);
    };
    answer.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: Error) => {
        settle();
        reject(error);
      },
    );
  });
}

/** A guard makes its signal when it is first asked for, which costs more than a call does. */
function hasSignal(options: Partial<CallOptions> | null | undefined): boolean {
  if (options === undefined || options === null) return false;
  return typeof options.aborted === "boolean" || typeof options.signal?.aborted === "boolean";
}

function gone(): EngineError {
  return new EngineError("aborted", "The caller aborted before the engine answered.");
}

/**
 * Calls what an application has given, for no longer than `timeoutMs`: then the signal aborts, and nobody waits any more.
 * Rejects with what `work` throws, or because it is too late.
 */
export async function withinTime<Answer>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Answer | Promise<Answer>,
): Promise<Answer> {
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      giveUp.abort();
      reject(new Error("too late"));
    }, timeoutMs);
  });
  try {
    return await Promise.race([(async () => work(giveUp.signal))(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
