import { createExpiringMap } from "../../lib/expiring-map.ts";
import { type CounterBump, joinKey } from "../store.ts";

/** A window is counted in this many parts: what leaves it leaves part by part, never before its time. */
const PARTS = 12;

/** The part of time that `now` falls in. A store adds to this one. */
export function velocityPart(now: number, windowMs: number): number {
  return Math.floor(now / partMs(windowMs));
}

/** The oldest part that still reaches into the window. A store sums from this one on, and may forget those before. */
export function oldestVelocityPart(now: number, windowMs: number): number {
  return Math.floor((now - windowMs) / partMs(windowMs));
}

function partMs(windowMs: number): number {
  return Math.ceil(windowMs / PARTS);
}

/** The memory store's velocity counters. */
export interface MemoryVelocity {
  /** Adds, then answers with the sum over the window. */
  bump(counter: CounterBump, now: number): bigint;
}

export function createMemoryVelocity(limit: number): MemoryVelocity {
  const windows = createExpiringMap<Map<number, bigint>>("velocity counters", limit);

  return {
    bump({ key, windowMs, amount }, now) {
      const id = joinKey(key);
      const parts = windows.get(id, now) ?? new Map<number, bigint>();
      const oldest = oldestVelocityPart(now, windowMs);
      let sum = amount;
      for (const [part, value] of parts) {
        if (part < oldest) parts.delete(part);
        else sum += value;
      }
      if (amount > 0n) {
        const part = velocityPart(now, windowMs);
        parts.set(part, (parts.get(part) ?? 0n) + amount);
        windows.set(id, parts, now + 2 * windowMs, now);
      }
      return sum;
    },
  };
}
