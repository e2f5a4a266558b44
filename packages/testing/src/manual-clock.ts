import type { Clock } from "@require-action/core";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the clock by `ms` milliseconds. */
  advance(ms: number): void;
}

/** Creates a clock that starts at `start`, in milliseconds since the epoch. */
export function createManualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}
