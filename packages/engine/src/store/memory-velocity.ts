import { createExpiringMap } from "./expiring-map.ts";
import { joinKey } from "./key.ts";
import type { CounterBump } from "./store.ts";
import { oldestVelocityPart, velocityPart } from "./velocity-window.ts";

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
