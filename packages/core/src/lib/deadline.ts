import { isPromiseLike } from "./awaitable.ts";

/** Rejects a {@link withDeadline} whose time has passed. */
export class DeadlineExceeded extends Error {
  override readonly name: string = "DeadlineExceeded";
}

/** What happens besides the rejection once the time has passed. */
export interface DeadlineOptions<T> {
  /** Receives a result that came after the time had passed. May not throw. */
  readonly onLate?: (result: T) => void;
}

/**
 * Waits for `work` for at most `ms` milliseconds, and one turn of the event loop: what arrived while this process was at
 * something else is read after its timers have fired. What `work` answers or throws at once is passed on at once.
 */
export function withDeadline<T>(
  ms: number,
  work: () => PromiseLike<T> | T,
  { onLate }: DeadlineOptions<T> = {},
): Promise<T> | T {
  const answer = work();
  if (!isPromiseLike(answer)) return answer;
  return new Promise<T>((resolve, reject) => {
    let passed = false;
    let turn: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      turn = setImmediate(() => {
        passed = true;
        reject(new DeadlineExceeded(`no answer within ${ms} ms`));
      });
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
    Promise.resolve(answer).then(
      (result) => {
        stop();
        if (passed) onLate?.(result);
        else resolve(result);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}
