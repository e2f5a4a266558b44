import type { AuditEvent } from "./audit-event.ts";
import type { Store } from "./store/store.ts";

/** Told of every event after it was recorded. What it throws changes nothing. */
export type OnEvent = (event: AuditEvent) => unknown;

/** Where events go. */
export interface AuditTrail {
  /** Tells the hook of an event that the store recorded in the same step as what it is about. */
  tell(event: AuditEvent): void;
  /** Records an event that stands by itself, and tells the hook. */
  append(event: AuditEvent): Promise<void>;
}

export function createAuditTrail(store: Store, onEvent: OnEvent | undefined): AuditTrail {
  function tell(event: AuditEvent): void {
    if (onEvent === undefined) return;
    try {
      const told = onEvent(event);
      // A hook that answers with a promise is not waited for, and its rejection is its own affair.
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // A logger that fails must not decide.
    }
  }

  return {
    tell,
    async append(event) {
      await store.appendEvent(event);
      tell(event);
    },
  };
}
