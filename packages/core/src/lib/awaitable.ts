/** A value now or later. */
export type Awaitable<T> = T | PromiseLike<T>;

/*
 * What is there at once is passed on at once: waiting costs more than most resolvers do. Whoever receives an `Awaitable`
 * awaits it, so it makes no difference to what is decided.
 */

/** Goes on with an answer once it is there. */
export function whenSettled<T, U>(answer: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromiseLike(answer) ? later(answer as PromiseLike<T>, next) : next(answer);
}

async function later<T, U>(answer: PromiseLike<T>, next: (value: T) => Awaitable<U>): Promise<U> {
  return next(await answer);
}

/**
 * Does `work`, and goes on with what it answers, or with what it throws: at once, where that is there at once. What `next` throws
 * goes to `fail` in no case.
 */
export function settle<T, U>(
  work: () => Awaitable<T>,
  follow: (value: T) => Awaitable<U>,
  fail: (error: unknown) => Awaitable<U>,
): Awaitable<U> {
  let answer: Awaitable<T>;
  try {
    answer = work();
  } catch (error) {
    return fail(error);
  }
  return isPromiseLike(answer) ? Promise.resolve(answer as PromiseLike<T>).then(follow, fail) : follow(answer as T);
}

/** Does `work`; what it throws or rejects with goes to `fail`, which answers or throws in its place. */
export function orElse<T>(work: () => Awaitable<T>, fail: (error: unknown) => Awaitable<T>): Awaitable<T> {
  let answer: Awaitable<T>;
  try {
    answer = work();
  } catch (error) {
    return fail(error);
  }
  return isPromiseLike(answer) ? Promise.resolve(answer as PromiseLike<T>).catch(fail) : answer;
}

/** True for a promise, and for anything else that `await` would wait for. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
