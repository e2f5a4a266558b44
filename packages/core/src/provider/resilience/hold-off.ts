import type { Clock } from "../../lib/clock.ts";

const MAX_HELD = 10_000;

/** Remembers which calls a provider asked not to have repeated yet. */
export interface HoldOff {
  /** Seconds for which `call` is still to be held off; 0 when it may go. */
  secondsLeft(call: string): number;
  /** Holds calls of this name off for so many seconds. */
  begin(call: string, seconds: number): void;
}

/**
 * Creates an empty memory. It is bounded: when full, the oldest entry goes, and that call may be made again, which asks the
 * provider once more but decides nothing.
 */
export function createHoldOff(clock: Clock): HoldOff {
  const held = new Map<string, { readonly until: number; readonly seconds: number }>();
  return {
    secondsLeft(call) {
      // As nearly always: to look in an empty map, a key that was put together has to be hashed.
      if (held.size === 0) return 0;
      const hold = held.get(call);
      if (hold === undefined) return 0;
      const left = Math.ceil((hold.until - clock.now()) / 1000);
      // More left than there ever was: the clock was set back, and would hold the call off for as long.
      if (left > 0 && left <= hold.seconds) return left;
      held.delete(call);
      return 0;
    },
    begin(call, seconds) {
      held.delete(call);
      held.set(call, { until: clock.now() + seconds * 1000, seconds });
      const [oldest] = held.keys();
      if (held.size > MAX_HELD && oldest !== undefined) held.delete(oldest);
    },
  };
}
