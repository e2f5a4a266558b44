import type { Clock } from "../lib/clock.ts";
import type { ApprovalNotice, InboxEvent, SendNotice } from "./inbox.ts";
import type { InboxRecord, InboxStore } from "./inbox-store.ts";

/** Within which the notices of a user are counted. */
const WINDOW_MS = 10 * 60_000;

interface NotifierSetting {
  readonly send: SendNotice | undefined;
  /** How many notices a user receives within ten minutes. */
  readonly most: number;
  readonly store: InboxStore;
  readonly clock: Clock;
  readonly emit: (event: InboxEvent) => void;
  urlOf(record: InboxRecord): string;
}

/**
 * Notifies users, and nobody waits for it. What is one too many is withheld, so that nobody is worn down: it is in the inbox just
 * the same.
 */
export function createNotifier({
  send,
  most,
  store,
  clock,
  emit,
  urlOf,
}: NotifierSetting): (record: InboxRecord) => void {
  const notify = async (record: InboxRecord, sendNotice: SendNotice): Promise<void> => {
    const { user, action, bound, askedFrom, askedAt, expiresAt } = record;
    try {
      if (!(await store.countNotice(user, most, WINDOW_MS, clock.now()))) {
        return emit({ type: "notice_withheld", user, action });
      }
      const notice: ApprovalNotice = { user, action, bound, askedFrom, url: urlOf(record), askedAt, expiresAt };
      await sendNotice(notice);
    } catch (cause) {
      emit({ type: "notice_failed", user, action, cause });
    }
  };
  return (record) => void (send && notify(record, send));
}
