/** Calls made some at a time. */
export interface Flown {
  /** Calls that told that they did what they are for. */
  readonly done: number;
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
  /** Milliseconds of each call. */
  readonly latencies: readonly number[];
}

/** Makes `count` calls, `width` of them in flight at any time. */
export async function fly(count: number, width: number, call: () => Promise<boolean>): Promise<Flown> {
  const latencies: number[] = [];
  let begun = 0;
  let done = 0;
  const line = async (): Promise<void> => {
    while (begun < count) {
      begun++;
      const before = performance.now();
      if (await call()) done++;
      latencies.push(performance.now() - before);
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: width }, line));
  const milliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { done, milliseconds, cpuMicroseconds: user + system, latencies };
}
