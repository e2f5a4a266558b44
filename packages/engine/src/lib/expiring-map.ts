import { EngineError } from "./engine-error.ts";

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** A map with an end: entries go when their time has come, and when it is full of live ones it takes no more. */
export interface ExpiringMap<Value> {
  get(key: string, now: number): Value | undefined;
  /** @throws EngineError `store_full` when there is no room. */
  set(key: string, value: Value, expiresAt: number, now: number): void;
  delete(key: string): boolean;
  /** Every value as it is now, those that have ended and were not cleared yet among them. */
  values(): readonly Value[];
  /** Takes away what meets a condition, looking at every entry. */
  deleteWhere(condition: (value: Value) => boolean): void;
}

/** Creates a map of at most `limit` entries. Nothing runs in the background: each write clears what has ended. */
export function createExpiringMap<Value>(name: string, limit: number): ExpiringMap<Value> {
  // In order of writing, which is nearly the order of ending.
  const entries = new Map<string, Entry<Value>>();

  function clearFront(now: number): void {
    for (const [key, { expiresAt }] of entries) {
      if (expiresAt > now) return;
      entries.delete(key);
    }
  }

  function makeRoom(now: number): void {
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key);
    if (entries.size >= limit) throw new EngineError("store_full", `The memory store holds ${limit} ${name} already.`);
  }

  return {
    get(key, now) {
      const entry = entries.get(key);
      return entry !== undefined && entry.expiresAt > now ? entry.value : undefined;
    },
    set(key, value, expiresAt, now) {
      entries.delete(key);
      clearFront(now);
      if (entries.size >= limit) makeRoom(now);
      entries.set(key, { value, expiresAt });
    },
    delete: (key) => entries.delete(key),
    values: () => Array.from(entries.values(), ({ value }) => value),
    deleteWhere(condition) {
      for (const [key, { value }] of entries) if (condition(value)) entries.delete(key);
    },
  };
}
