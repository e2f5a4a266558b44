/** The time, in milliseconds since the epoch. Injected wherever time decides something, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Further than clocks are set by NTP in one step. */
const JUMP_MS = 60_000;

/**
 * Watches a clock for jumps of a minute and more. One back is seen on any clock: it was ahead before, or is behind now. One
 * ahead is seen on the machine's clock only, against the time that the process has run for. Each is reported once.
 */
export function watchClock(clock: Clock, warn: (code: "RA_CLOCK_JUMPED", message: string) => void): Clock {
  let highest = Number.NEGATIVE_INFINITY;
  let isBehind = false;
  let steadyOffset: number | undefined;

  const report = (ms: number): void => {
    const seconds = Math.round(Math.abs(ms) / 1000);
    warn(
      "RA_CLOCK_JUMPED",
      `The clock jumped ${ms > 0 ? "ahead" : "back"} by ${seconds} seconds. Approvals of the time between are refused or age wrongly; none is used twice. Run NTP, and see to it that it slews.`,
    );
  };

  return {
    now() {
      const now = clock.now();
      if (clock === systemClock) {
        const offset = now - performance.now();
        if (steadyOffset !== undefined && offset - steadyOffset > JUMP_MS) report(offset - steadyOffset);
        steadyOffset = offset;
      }
      if (now < highest - JUMP_MS && !isBehind) {
        isBehind = true;
        report(now - highest);
      }
      if (now >= highest) {
        isBehind = false;
        highest = now;
      }
      return now;
    },
  };
}
