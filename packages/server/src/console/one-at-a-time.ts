/** Runs work when its turn comes; `undefined`, and nothing done, when too many are waiting. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/**
 * Creates a queue for work that is dear: hashing passwords takes memory and the threads that the engine signs its tokens on,
 * so that a flood of strangers would slow every decision down.
 */
export function createOneAtATime(maxWaiting: number): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting > maxWaiting) return undefined;
    waiting++;
    const turn = last.then(work);
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
}
