import type { AuditEvent } from "../store/audit-event.ts";
import type { Store } from "../store/store.ts";

/** Called with every event after it was recorded. What it throws changes nothing. */
export type OnEvent = (event: AuditEvent) => unknown;

/** Where events go. */
export interface AuditTrail {
  /** Emits an event that the store recorded in the same step as what it is about. */
  emit(event: AuditEvent): void;
  /** Records an event that stands by itself, and emits it. */
  append(event: AuditEvent): Promise<void>;
}

export function createAuditTrail(store: Store, onEvent: OnEvent | undefined): AuditTrail {
  function emit(event: AuditEvent): void {
    if (onEvent === undefined) return;
    try {
      const answer = onEvent(event);
      // A hook that answers with a promise is not waited for, and its rejection is its own affair.
      if (answer instanceof Promise) answer.catch(() => undefined);
    } catch {
      // A logger that fails must not decide.
    }
  }

  return {
    emit,
    async append(event) {
      await store.appendEvent(event);
      emit(event);
    },
  };
}
