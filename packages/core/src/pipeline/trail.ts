import type { Binding } from "../binding/binding.ts";
import type { ActionSettings } from "../settings/action-settings.ts";
import type { ProviderRole } from "../settings/provider-role.ts";
import type { ActionEvent, BreakerEvent, GuardEvent, WarningEvent } from "../outcome/events.ts";

type DistributiveOmit<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** An event without what the trail adds to it. */
type ActionEventBody = DistributiveOmit<Exclude<GuardEvent, BreakerEvent | WarningEvent>, keyof ActionEvent>;

/** What is known so far of one request's try at an action, so that every event about it says the same. */
export interface Trail {
  userId: string | undefined;
  /** The fingerprint of the sealed key. */
  actionId: string | undefined;
  /** What of the request is bound. */
  binding: Binding | undefined;
  /** Who decided, once somebody has. */
  role: ProviderRole | undefined;
  emit(event: ActionEventBody): void;
}

/** Starts the trail of one request. */
export function startTrail<Native extends object>({ action, observe, emit }: ActionSettings<Native>): Trail {
  return {
    userId: undefined,
    actionId: undefined,
    binding: undefined,
    role: undefined,
    emit(event) {
      const fallback = this.role?.isFallback ?? false;
      emit?.({ action, userId: this.userId, actionId: this.actionId, observed: observe, fallback, ...event });
    },
  };
}
