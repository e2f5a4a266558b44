import { type CounterBump, oldestVelocityPart, velocityPart } from "@require-action/engine/store";
import { hashKey } from "../../database/hash-key.ts";

/** One counter as it is stored. */
export interface StoredCounter {
  readonly key: string;
  readonly part: string;
  readonly oldest: number;
  readonly expires: number;
  readonly amount: bigint;
}

/** What a decision adds to and reads, each key once. */
export function storedCounters(counters: readonly CounterBump[], now: number): ReadonlyMap<string, StoredCounter> {
  const stored = new Map<string, StoredCounter>();
  for (const { key: parts, windowMs, amount } of counters) {
    const key = counterKey(parts);
    stored.set(key, {
      key,
      part: String(velocityPart(now, windowMs)),
      oldest: oldestVelocityPart(now, windowMs),
      // Moves once a window, as a row whose indexed columns stay is cheaper to write.
      expires: (Math.floor(now / windowMs) + 3) * windowMs,
      amount: (stored.get(key)?.amount ?? 0n) + amount,
    });
  }
  return stored;
}

export function counterKey(parts: CounterBump["key"]): string {
  return hashKey(...parts);
}
