import type { InboxRecord, InboxStore } from "./inbox-store.ts";

/** What all users together may have open. What would be more is refused, and nothing is forgotten for it. */
const MOST_RECORDS = 100_000;

/** Creates a store of one process. What it loses with that are open requests: an approval is used up in the ledger, and never here. */
export function createMemoryInboxStore(): InboxStore {
  const byKey = new Map<string, InboxRecord>();
  const byUser = new Map<string, Map<string, InboxRecord>>();
  const notices = new Map<string, { count: number; readonly endsAt: number }>();

  const recordsOf = (user: string, now: number): readonly InboxRecord[] => {
    const own = byUser.get(user);
    for (const record of own?.values() ?? []) {
      if (now < record.expiresAt) continue;
      own!.delete(record.id);
      byKey.delete(record.idempotencyKey);
    }
    if (own?.size === 0) byUser.delete(user);
    return [...(own?.values() ?? [])];
  };
  const isFull = (now: number): boolean => {
    if (byKey.size < MOST_RECORDS) return false;
    for (const user of byUser.keys()) recordsOf(user, now);
    return byKey.size >= MOST_RECORDS;
  };
  const put = (record: InboxRecord): void => {
    const own = byUser.get(record.user) ?? new Map<string, InboxRecord>();
    byUser.set(record.user, own.set(record.id, record));
    byKey.set(record.idempotencyKey, record);
  };

  return {
    name: "memory",
    insert(record, now) {
      const own = recordsOf(record.user, now);
      const meets = (one: InboxRecord): boolean =>
        one.id === record.id ||
        (record.slot !== undefined && one.slot === record.slot) ||
        (record.question !== undefined && one.question === record.question);
      if (byKey.has(record.idempotencyKey) || own.some(meets) || isFull(now)) return false;
      put(record);
      return true;
    },
    list: (user, now) => recordsOf(user, now),
    find(idempotencyKey, now) {
      const record = byKey.get(idempotencyKey);
      return record !== undefined && now < record.expiresAt ? record : undefined;
    },
    replace(record) {
      const before = byUser.get(record.user)?.get(record.id);
      if (before === undefined || before.version !== record.version - 1) return false;
      put(record);
      return true;
    },
    countNotice(user, most, windowMs, now) {
      for (const [other, { endsAt }] of notices) {
        // In the order in which they began: the first that has not ended is followed by none that has.
        if (now < endsAt) break;
        notices.delete(other);
      }
      const window = notices.get(user);
      if (window === undefined || now >= window.endsAt) {
        notices.delete(user);
        notices.set(user, { count: 1, endsAt: now + windowMs });
        return true;
      }
      window.count += 1;
      return window.count <= most;
    },
  };
}
