import type { AuditEvent } from "../audit-event.ts";
import type { AuditFilter, Page } from "../filters.ts";

/** The memory store's audit trail: the latest events, at most `limit` of them. */
interface MemoryEvents {
  append(event: AuditEvent): void;
  list(filter: AuditFilter): Page<AuditEvent>;
}

export function createMemoryEvents(limit: number): MemoryEvents {
  /** Each as JSON: most are never looked at, and a text costs the garbage collector less than a record. */
  let events: string[] = [];
  /** How many events have been dropped: an event's place in the whole trail is its index plus this. */
  let dropped = 0;

  return {
    append(event) {
      events.push(JSON.stringify(event));
      // Dropped in halves, so that an append costs the same however full the trail is.
      if (events.length < 2 * limit) return;
      events = events.slice(-limit);
      dropped += limit;
    },
    list({ userId, actionId, from, before, limit: count, after }) {
      const oldest = Math.max(0, events.length - limit);
      const start = after === undefined ? events.length - 1 : Number(after) - dropped - 1;
      const items: AuditEvent[] = [];
      let last = 0;
      for (let index = start; index >= oldest; index--) {
        const kept = events[index];
        if (kept === undefined) continue;
        const event = JSON.parse(kept) as AuditEvent;
        if (userId !== undefined && event.userId !== userId) continue;
        if (actionId !== undefined && event.actionId !== actionId) continue;
        if (from !== undefined && event.at < from) continue;
        if (before !== undefined && event.at >= before) continue;
        if (items.length === count) return { items, next: String(last + dropped) };
        items.push(event);
        last = index;
      }
      return { items };
    },
  };
}
