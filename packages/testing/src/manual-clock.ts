import { type Clock, ConfigurationError } from "@require-action/core";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Lets `ms` milliseconds pass.
   * @throws ConfigurationError for anything but a whole number, 0 or more: time does not run backwards
   */
  advance(ms: number): void;
  /** Sets the clock back by `ms` milliseconds, as a correction of a machine's clock does. */
  setBack(ms: number): void;
}

/** The greatest time that a `Date` can hold. */
const LAST_MS = 8.64e15;

/**
 * Creates a clock that starts at `start`, in milliseconds since the epoch.
 * @throws ConfigurationError when `start` is no time
 */
export function createManualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = wholeMs("createManualClock", "start", start);
  return {
    now: () => now,
    advance(ms) {
      now = wholeMs("advance", "ms", now + wholeMs("advance", "ms", ms));
    },
    setBack(ms) {
      now = wholeMs("setBack", "ms", now - wholeMs("setBack", "ms", ms));
    },
  };
}

function wholeMs(declaration: string, name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= LAST_MS) return ms;
  const problem = "must be whole milliseconds, at least 0, and lead to a time from 1970 on";
  throw new ConfigurationError(name, problem, declaration);
}
