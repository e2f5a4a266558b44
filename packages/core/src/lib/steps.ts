import { type Awaitable, isPromiseLike } from "./awaitable.ts";

/** Straight-line code that waits only where there is something to wait for: a generator that yields what it waits for. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Waits for an answer within {@link Steps}, by `yield*`, and not at all for one that is there. */
export function* settled<T>(answer: Awaitable<T>): Steps<T> {
  return isPromiseLike(answer) ? ((yield answer) as T) : (answer as T);
}

/**
 * Runs steps. Returns at once what they return without having waited, and throws what they throw so; otherwise returns a
 * promise.
 */
export function runSteps<T>(steps: Steps<T>): Awaitable<T> {
  const { done, value } = steps.next();
  return done ? value : later(steps, value);
}

async function later<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  for (let pending = first; ;) {
    let next: IteratorResult<PromiseLike<unknown>, T>;
    let answer: unknown;
    let isRejected = false;
    try {
      answer = await pending;
    } catch (error) {
      isRejected = true;
      answer = error;
    }
    next = isRejected ? steps.throw(answer) : steps.next(answer);
    if (next.done) return next.value;
    pending = next.value;
  }
}
