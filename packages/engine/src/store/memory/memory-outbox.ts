import { EngineError } from "../../lib/engine-error.ts";
import type { OutboxRecord } from "../records.ts";

/** The memory store's outbox. */
interface MemoryOutbox {
  /** @throws EngineError `store_full` where {@link add} would find no room */
  makeRoom(news: readonly OutboxRecord[] | undefined, now: number): void;
  /** Puts news there that is not there yet. */
  add(news: readonly OutboxRecord[] | undefined): void;
  take(now: number, until: number, limit: number): readonly OutboxRecord[];
  settle(eventId: string, dueAt: number | undefined, data: OutboxRecord["data"] | undefined): void;
}

export function createMemoryOutbox(limit: number): MemoryOutbox {
  const waiting = new Map<string, OutboxRecord>();

  return {
    makeRoom(news = [], now) {
      if (waiting.size + news.length <= limit) return;
      for (const { eventId, expiresAt } of waiting.values()) if (expiresAt <= now) waiting.delete(eventId);
      if (waiting.size + news.length <= limit) return;
      throw new EngineError("store_full", `The memory store holds ${limit} events to deliver already.`);
    },
    add(news = []) {
      for (const one of news) if (!waiting.has(one.eventId)) waiting.set(one.eventId, Object.freeze(one));
    },
    take(now, until, count) {
      const due = [...waiting.values()]
        .filter(({ dueAt, expiresAt }) => dueAt <= now && expiresAt > now)
        .toSorted((one, other) => one.dueAt - other.dueAt)
        .slice(0, count)
        .map((one) => Object.freeze({ ...one, dueAt: until, attempts: one.attempts + 1 }));
      for (const one of due) waiting.set(one.eventId, one);
      return due;
    },
    settle(eventId, dueAt, data) {
      const news = waiting.get(eventId);
      if (news === undefined) return;
      if (dueAt === undefined) waiting.delete(eventId);
      else
        waiting.set(eventId, Object.freeze({ ...news, dueAt, ...(data === undefined ? {} : { data, attempts: 0 }) }));
    },
  };
}
