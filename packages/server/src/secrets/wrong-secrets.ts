import type { Clock } from "@require-action/core";

/** How many wrong secrets an address may send within a window before it is answered 429. */
export const MAX_WRONG_SECRETS = 50;
const WINDOW_MS = 5 * 60_000;
/** Some 1 MB. The oldest window makes room for a new one. */
const MAX_ADDRESSES = 10_000;

/** Wrong secrets by address, in the process's memory. */
export interface WrongSecrets {
  /** Counts one more. */
  count(address: string): { readonly wrong: number; readonly retryAfterSeconds: number };
}

/** Counts in windows of five minutes, each from its first wrong secret on. */
export function createWrongSecrets(clock: Clock): WrongSecrets {
  // In the order in which windows began.
  const windows = new Map<string, { wrong: number; readonly since: number }>();

  return {
    count(address) {
      const now = clock.now();
      const known = windows.get(address);
      const isOpen = known !== undefined && now >= known.since && now - known.since < WINDOW_MS;
      const window = isOpen ? known : { wrong: 0, since: now };
      if (!isOpen) {
        windows.delete(address);
        windows.set(address, window);
      }
      window.wrong += 1;
      const [oldest] = windows.keys();
      if (windows.size > MAX_ADDRESSES && oldest !== undefined) windows.delete(oldest);
      return {
        wrong: window.wrong,
        retryAfterSeconds: Math.max(1, Math.ceil((window.since + WINDOW_MS - now) / 1000)),
      };
    },
  };
}
