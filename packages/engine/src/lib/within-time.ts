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
