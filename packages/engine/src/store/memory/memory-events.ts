import type { AuditEvent } from "../audit-event.ts";
import type { AuditFilter, Page } from "../filters.ts";
import { trackedEventOf } from "../tracked-event.ts";
import type { ActionPacker, PackedAction } from "./packed-actions.ts";

/** The memory store's audit trail: the latest events, at most `limit` of them. */
export interface MemoryEvents {
  append(event: AuditEvent): void;
  /** Appends the event that an action tells of its being tracked. The texts are the action's own, and cost nothing more. */
  appendTold(action: PackedAction): void;
  /** Events from one time to before another, without those that actions tell. */
  between(from: number, before: number): Iterable<AuditEvent>;
  list(filter: AuditFilter): Page<AuditEvent>;
}

export function createMemoryEvents(limit: number, { unpack }: Pick<ActionPacker, "unpack">): MemoryEvents {
  /** Each as JSON, or as its action: most are never looked at, and a text costs the garbage collector less than a record. */
  let texts: string[] = [];
  /** The key of the action that tells the event in the same place; nothing where the text is the event itself. */
  let keys: (string | undefined)[] = [];
  /** How many events have been dropped: an event's place in the whole trail is its index plus this. */
  let dropped = 0;

  function add(text: string, key: string | undefined): void {
    texts.push(text);
    keys.push(key);
    // Dropped in halves, so that an append costs the same however full the trail is.
    if (texts.length < 2 * limit) return;
    texts = texts.slice(-limit);
    keys = keys.slice(-limit);
    dropped += limit;
  }

  function eventAt(index: number): AuditEvent | undefined {
    const text = texts[index];
    if (text === undefined) return undefined;
    const key = keys[index];
    return key === undefined ? (JSON.parse(text) as AuditEvent) : trackedEventOf(unpack({ key, text }).record);
  }

  return {
    append: (event) => add(JSON.stringify(event), undefined),
    appendTold: ({ key, text }) => add(text, key),
    *between(from, before) {
      for (let index = Math.max(0, texts.length - limit); index < texts.length; index++) {
        const text = texts[index];
        if (text === undefined || keys[index] !== undefined) continue;
        const at = timeOf(text);
        if (at >= from && at < before) yield JSON.parse(text) as AuditEvent;
      }
    },
    list({ userId, actionId, from, before, limit: count, after }) {
      const oldest = Math.max(0, texts.length - limit);
      const start = after === undefined ? texts.length - 1 : Number(after) - dropped - 1;
      const items: AuditEvent[] = [];
      let last = 0;
      for (let index = start; index >= oldest; index--) {
        const event = eventAt(index);
        if (event === undefined) continue;
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

/** When an event was, without parsing the rest: within texts, quotes are escaped, so that this is the field and nothing else. */
function timeOf(kept: string): number {
  return Number.parseFloat(kept.slice(kept.indexOf('"at":') + '"at":'.length));
}
