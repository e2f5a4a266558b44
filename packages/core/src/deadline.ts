/** Rejects a {@link withDeadline} whose time has passed. */
export class DeadlineExceeded extends Error {
  override readonly name: string = "DeadlineExceeded";
}

/**
 * Runs `work` for at most `ms` milliseconds. Each call has a signal of its own, aborted when its time has passed, so that
 * one slow call never aborts another. Work that ends later is ignored here; `onLate` sees its result.
 */
export async function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => PromiseLike<T> | T,
  onLate?: (result: T) => void,
): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let passed = false;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      passed = true;
      const error = new DeadlineExceeded(`no answer within ${ms} ms`);
      controller.abort(error);
      reject(error);
    }, ms);
  });
  const working = (async () => work(controller.signal))();
  if (onLate) {
    working.then(
      (result) => {
        if (passed) onLate(result);
      },
      () => {},
    );
  }
  try {
    return await Promise.race([working, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
