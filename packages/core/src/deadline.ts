import { isPromiseLike } from "./promise-like.ts";

/** Rejects a {@link withDeadline} whose time has passed. */
export class DeadlineExceeded extends Error {
  override readonly name: string = "DeadlineExceeded";
}

/** What happens besides the rejection once the time has passed. */
export interface DeadlineOptions<T> {
  /** Receives a result that came after the time had passed. May not throw. */
  readonly onLate?: (result: T) => void;
}

/** Waits for `work` for at most `ms` milliseconds. What it answers or throws at once is passed on at once. */
export function withDeadline<T>(
  ms: number,
  work: () => PromiseLike<T> | T,
  { onLate }: DeadlineOptions<T> = {},
): Promise<T> | T {
  const answer = work();
  if (!isPromiseLike(answer)) return answer;
  return new Promise<T>((resolve, reject) => {
    let passed = false;
    const timer = setTimeout(() => {
      passed = true;
      reject(new DeadlineExceeded(`no answer within ${ms} ms`));
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
