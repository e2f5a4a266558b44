import { setTimeout as pass } from "node:timers/promises";

/** What came of calls that begin at a steady pace, whether or not those before have ended. */
export interface SteadyLoad {
  readonly asked: number;
  readonly done: number;
  /** Milliseconds of each, from when it was due: what waits because others are slow counts. */
  readonly latencies: readonly number[];
}

const TICK_MS = 2;

/** Makes calls at so many a second, for so long. */
export async function callSteadily(
  perSecond: number,
  milliseconds: number,
  call: () => Promise<boolean>,
): Promise<SteadyLoad> {
  const asked = Math.round((perSecond * milliseconds) / 1_000);
  const latencies: number[] = [];
  let done = 0;
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  const one = async (dueAt: number): Promise<void> => {
    if (await call()) done++;
    latencies.push(performance.now() - dueAt);
  };
  while (calls.length < asked) {
    const due = Math.min(asked, Math.ceil(((performance.now() - startedAt) * perSecond) / 1_000));
    while (calls.length < due) calls.push(one(startedAt + (calls.length * 1_000) / perSecond));
    await pass(TICK_MS);
  }
  await Promise.all(calls);
  return { asked, done, latencies };
}
