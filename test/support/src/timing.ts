import { monitorEventLoopDelay } from "node:perf_hooks";

/** How much later than it must an answer may come: 50 for the figures, on a machine that has nothing else to do. */
const MARGIN_MS = Number(process.env["FAULT_MARGIN_MS"] ?? 1_000);

/**
 * Runs `work`, and answers with how much later than it must an answer may have come meanwhile: some margin, and what a busy
 * machine kept this process from running, on each of an answer's three ways through it.
 */
export async function withMargin<Result>(work: () => Promise<Result>): Promise<readonly [Result, margin: number]> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const result = await work();
  lag.disable();
  return [result, MARGIN_MS + (3 * lag.max) / 1_000_000];
}

/** How long `work` took in milliseconds, less the margin that a busy machine is given: to compare with a time limit. */
export async function elapsedLessMargin(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  const [ms, margin] = await withMargin(async () => {
    await work();
    return performance.now() - startedAt;
  });
  return ms - margin;
}
