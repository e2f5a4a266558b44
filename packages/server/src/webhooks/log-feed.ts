import type { Store } from "@require-action/engine";
import type { AuditEvent, OutboxRecord } from "@require-action/engine/store";
import { actionEntry, challengeEntry, type LogEntry } from "./log-records.ts";
import type { Delivered } from "./outbox-pump.ts";

/** How much of the trail is sent before the place is kept, and how often there is something to send. */
const WINDOW_MS = 10_000;
/** As for news: a receiver that was gone for longer gets what came since. */
const LIFETIME_MS = 3 * 24 * 60 * 60_000;
/** Of one batch: Authsignal's, and what fits a receiver's usual limit of a megabyte. */
const MAX_ENTRIES = 500;
const MAX_BYTES = 512 * 1_024;

/** News that stays in the outbox: up to where the trail has been sent. So it is one process at a time that sends it. */
export const logPlace = "log";

/** Sends the audit trail as log events. */
export interface LogFeed {
  /** Keeps that the trail is sent from when this feed was made, unless it is sent already. */
  begin(): Promise<void>;
  /** Sends what was ready, from the place that is kept. */
  deliver(place: OutboxRecord): Promise<Delivered>;
}

/** Where log events come from and go. */
interface LogFeedParts {
  readonly store: Pick<Store, "listActions" | "listEvents" | "putOutbox">;
  readonly tenantId: string;
  readonly now: () => number;
  /** How long after an event its entry is made: what it is of has ended by then, and no statement is still under way. */
  readonly delayMs: number;
  /** The entries to send. None, and the place stays where it is. */
  readonly types: ReadonlySet<LogEntry["type"]>;
  /** Resolves to whether they arrived. */
  readonly send: (entries: readonly LogEntry[], attempts: number) => Promise<boolean>;
}

/** Creates a feed. It reads the trail that is kept anyway, so that no decision waits for it or writes more. */
export function createLogFeed({ store, tenantId, now, delayMs, types, send }: LogFeedParts): LogFeed {
  const madeAt = now();

  async function entriesOf(
    events: readonly AuditEvent[],
    ordinal: (description: string) => number,
  ): Promise<readonly LogEntry[]> {
    const ids = new Set(events.flatMap(({ actionId }) => (actionId === undefined ? [] : [actionId])));
    if (ids.size === 0) return [];
    const { items } = await store.listActions({ actionIds: [...ids], limit: ids.size });
    const actions = new Map(items.map((action) => [action.actionId, action]));
    return events.flatMap((event) => {
      const action = actions.get(event.actionId ?? "");
      if (action === undefined) return [];
      const entry = actionEntry(tenantId, event, action) ?? challengeEntry(tenantId, event, action, ordinal);
      return entry !== undefined && types.has(entry.type) ? [entry] : [];
    });
  }

  return {
    async begin() {
      await store.putOutbox({
        eventId: logPlace,
        type: logPlace,
        createdAt: madeAt,
        dueAt: madeAt,
        expiresAt: Number.MAX_SAFE_INTEGER,
        attempts: 0,
        data: { from: madeAt },
      });
    },
    async deliver({ data, attempts }) {
      const at = now();
      const from = Math.max(Number(data["from"]), at - delayMs - LIFETIME_MS);
      const ready = at - delayMs;
      const before = types.size === 0 ? from : Math.min(from + WINDOW_MS, ready);
      if (before <= from) return { arrived: 0, next: { dueAt: at + Math.min(WINDOW_MS, delayMs), data } };

      const ordinal = createOrdinals();
      let [arrived, after]: [number, string | undefined] = [0, undefined];
      do {
        const within = { from, before, limit: MAX_ENTRIES, ...(after === undefined ? {} : { after }) };
        const page = await store.listEvents(within);
        for (const batch of batchesOf(await entriesOf(page.items, ordinal))) {
          if (!(await send(batch, attempts))) return false;
          arrived += batch.length;
        }
        after = page.next;
      } while (after !== undefined);
      const dueAt = before < ready ? at : at + Math.min(WINDOW_MS, delayMs);
      return { arrived, next: { dueAt, data: { from: before } } };
    },
  };
}

/** Counts what is alike. */
function createOrdinals(): (description: string) => number {
  const counts = new Map<string, number>();
  return (description) => {
    const count = counts.get(description) ?? 0;
    counts.set(description, count + 1);
    return count;
  };
}

function batchesOf(entries: readonly LogEntry[]): readonly (readonly LogEntry[])[] {
  const batches: LogEntry[][] = [];
  let [batch, bytes]: [LogEntry[], number] = [[], 0];
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry));
    if (batch.length === 0 || batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      [batch, bytes] = [[], 0];
      batches.push(batch);
    }
    batch.push(entry);
    bytes += size;
  }
  return batches;
}
