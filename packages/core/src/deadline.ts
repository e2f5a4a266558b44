import { isPromiseLike } from "./promise-like.ts";

/** Rejects a {@link withDeadline} whose time has passed. */
export class DeadlineExceeded extends Error {
  override readonly name: string = "DeadlineExceeded";
}

/** What happens besides the rejection once the time has passed. Neither may throw. */
export interface DeadlineOptions<T> {
  /** Called when the time has passed. */
  readonly onPassed?: (error: DeadlineExceeded) => void;
  /** Receives a result that came after the time had passed. */
  readonly onLate?: (result: T) => void;
}

/** Waits for `work` for at most `ms` milliseconds. What it answers or throws at once is passed on at once. */
export function withDeadline<T>(
  ms: number,
  work: () => PromiseLike<T> | T,
  { onPassed, onLate }: DeadlineOptions<T> = {},
): Promise<T> | T {
  const answer = work();
  if (!isPromiseLike(answer)) return answer;
  return new Promise<T>((resolve, reject) => {
    let passed = false;
    const timer = setTimeout(() => {
      passed = true;
      const error = new DeadlineExceeded(`no answer within ${ms} ms`);
      reject(error);
      onPassed?.(error);
    }, ms);
    Promise.resolve(answer).then(
      (result) => {
        clearTimeout(timer);
        if (passed) onLate?.(result);
        else resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
